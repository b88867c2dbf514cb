/** A command line that was not understood, in lwd's words: the parser's own are for those who write commands. Pure. */
import { nearest } from '../config/nearest.js';

/** What is known of it. */
export interface CommandLine {
  /** "pool create"; undefined: there is no such command. */
  command: string | undefined;
  /** Its flags' names; all commands, if there is no such command. */
  known: readonly string[];
}

interface Usage {
  message: string;
  /** One step a line. */
  next: string[];
}

type Explain = (words: string[], line: CommandLine) => Usage;

/** Where the topic is right ("host dwon"), only what follows it is compared. */
function nearestCommand(words: string, known: readonly string[]): string | undefined {
  const at = words.lastIndexOf(' ') + 1;
  const topic = words.slice(0, at);
  const within = known.filter((command) => topic !== '' && command.startsWith(topic));
  if (within.length === 0) return nearest(words, known);
  const last = nearest(
    words.slice(at),
    within.map((command) => command.slice(at)),
  );
  return last === undefined ? undefined : topic + last;
}

const rules: readonly [RegExp, Explain][] = [
  [
    /^command (.+?) not found\.?$/i,
    ([id = ''], { known }) => {
      const words = id.replaceAll(':', ' ');
      const own = known.find((command) => words.startsWith(`${command} `));
      if (own !== undefined) {
        return {
          message: `${words.slice(own.length + 1)}: lwd ${own} takes no arguments`,
          next: [`lwd ${own} --help`],
        };
      }
      const near = nearestCommand(words, known);
      return {
        message: `there is no command "${words}"`,
        next: near === undefined ? [] : [`did you mean: lwd ${near}`],
      };
    },
  ],
  [
    /^Nonexistent flags?: ([^\n]*)/,
    ([flags = ''], { command, known }) => {
      const [first = ''] = flags.split(', ');
      const near = nearest(first.replace(/^--?(?:no-)?/, ''), known);
      const hint = near === undefined || !first.startsWith('--') ? [] : [`did you mean: --${near}`];
      return { message: `${flags}: lwd ${command} has no such flag`, next: hint };
    },
  ],
  [
    /^Parsing --(\S+)\s+Expected an integer(?: (greater|less) than or equal to (-?\d+))? but received: ([^\n]*)/,
    ([flag, side, bound, value]) =>
      side === undefined
        ? { message: `--${flag}: "${value}" is no whole number`, next: [] }
        : {
            message: `--${flag}: ${value} is too ${side === 'greater' ? 'little' : 'much'}`,
            next: [`give ${bound} or ${side === 'greater' ? 'more' : 'less'}`],
          },
  ],
  [
    /^Expected (?:--(\S+?)=)?([^\n]*) to be one of: ([^\n]*)/,
    ([flag, value, allowed]) => ({
      message: flag === undefined ? `"${value}" is not known here` : `--${flag}: "${value}" is not known`,
      next: [`there are: ${allowed}`],
    }),
  ],
  [/^Flag (--\S+) expects a value/, ([flag]) => ({ message: `${flag}: there is no value`, next: [] })],
  [
    /^Missing \d+ required args?:\n(.*)/s,
    ([list = '']) => {
      const rows = [...list.matchAll(/^([a-z]+) +(?:\(([^)]*)\) )?(\S.*)$/gm)].map(
        ([, name = '', options, about = '']) => ({
          name: name.toUpperCase(),
          about: options?.replaceAll('|', ', ') ?? about,
        }),
      );
      const names = rows.map(({ name }) => name).join(' and ');
      return {
        message: `${names} ${rows.length === 1 ? 'is' : 'are'} missing`,
        next: rows.map(({ name, about }) => `${name}: ${about}`),
      };
    },
  ],
  [
    /^Unexpected arguments?: ([^\n]*)/,
    ([extra], { command }) => ({ message: `${extra}: lwd ${command} takes no more arguments`, next: [] }),
  ],
  [
    /^The following errors? occurred:\n(.*)/s,
    ([list = '']) => {
      const [message = '', ...next] = list
        .split('\n')
        .map((each) => each.trim())
        .filter((each) => each !== '' && !/^See more help/.test(each))
        .map(flagsTogether);
      return { message, next };
    },
  ],
];

/** What the parser says of flags that do, or do not, go together. */
function flagsTogether(text: string): string {
  const [, one, other] = /^(--\S+?)=.* cannot also be provided when using (--\S+)$/.exec(text) ?? [];
  if (one !== undefined) return `${one} and ${other} do not go together`;
  const [, flag, needed] = /^All of the following must be provided when using (--\S+): (.+)$/.exec(text) ?? [];
  if (flag !== undefined) return `${flag} needs ${needed}`;
  const [, missing] = /^Missing required flag (\S+)$/.exec(text) ?? [];
  return missing === undefined ? text : `--${missing} is missing`;
}

/** `said`: the parser's message. */
export function explainUsage(said: string, line: CommandLine): Usage {
  const help = line.command === undefined ? 'lwd --help' : `lwd ${line.command} --help`;
  for (const [pattern, explain] of rules) {
    const match = pattern.exec(said);
    if (match === null) continue;
    const { message, next } = explain(match.slice(1), line);
    return { message, next: [...next, help] };
  }
  const [message = '', ...rest] = said.split('\n');
  return { message, next: [...rest.filter((text) => text.trim() !== '' && !/^See more help/.test(text)), help] };
}

/**
 * The text of a ninja file, and how ninja is run. Commands are argument lists: quoting for the shell, and for ninja's
 * own syntax, is done here and nowhere else.
 */
import { ToolError } from '../errors.js';
import { exec } from '../sys/exec.js';
import { shellLine } from '../sys/shell-word.js';

export interface NinjaStep {
  /** Paths, relative to the folder that ninja runs in, or absolute. The first output names the step. */
  outputs: readonly string[];
  inputs: readonly string[];
  /** Files that the step depends on without naming them. */
  implicit?: readonly string[];
  command: readonly string[];
  /** Shown while the step runs. */
  description: string;
  /** Make-style dependency file that the command writes. */
  depfile?: string;
  /** A file with arguments, written for the command (which names it as `@path`): a system call's size limits the rest. */
  response?: { path: string; words: readonly string[] };
}

/** The ninja file of the steps; `folder` is where ninja keeps its own records, `groups` name outputs to be made together. */
export function ninjaText(
  steps: readonly NinjaStep[],
  folder: string,
  groups: Record<string, readonly string[]> = {},
): string {
  const lines = [
    'ninja_required_version = 1.10',
    `builddir = ${value(folder)}`,
    '',
    'rule step',
    '  command = $line',
    '  description = $note',
    '',
  ];
  // Rules of their own, since these settings hold for all steps of a rule.
  lines.push('rule compile', '  command = $line', '  description = $note', '  depfile = $made', '  deps = gcc', '');
  lines.push(
    'rule collect',
    '  command = $line',
    '  description = $note',
    '  rspfile = $file',
    '  rspfile_content = $words',
    '',
  );
  for (const step of steps) {
    const implicit = step.implicit?.length ? ` | ${step.implicit.map(path).join(' ')}` : '';
    const rule = step.depfile !== undefined ? 'compile' : step.response !== undefined ? 'collect' : 'step';
    lines.push(`build ${step.outputs.map(path).join(' ')}: ${rule} ${step.inputs.map(path).join(' ')}${implicit}`);
    lines.push(`  line = ${value(shellLine(step.command))}`, `  note = ${value(step.description)}`);
    if (step.depfile !== undefined) lines.push(`  made = ${value(step.depfile)}`);
    if (step.response === undefined) continue;
    lines.push(`  file = ${value(step.response.path)}`, `  words = ${value(shellLine(step.response.words))}`);
  }
  for (const [name, outputs] of Object.entries(groups))
    lines.push(`build ${name}: phony ${outputs.map(path).join(' ')}`);
  return `${lines.join('\n')}\n`;
}

function path(text: string): string {
  return text.replaceAll(/[$ :]/g, '$$$&');
}

function value(text: string): string {
  return text.replaceAll('$', '$$$$');
}

export interface NinjaRun {
  /** The ninja file. */
  file: string;
  /** What to make: outputs or groups. Default: what the file says. */
  targets?: readonly string[];
  /** Replaces the environment's entries of the same name. */
  env?: Record<string, string>;
  /** The folder that relative paths are in. */
  cwd: string;
  program: string;
  jobs: number;
  /** Keeps the compiler's colours. */
  colour: boolean;
  signal?: AbortSignal | undefined;
  /** "3/12 main.c" */
  report(status: string): void;
}

export interface NinjaOutcome {
  ok: boolean;
  /** Steps that were run; 0 if all was up to date. */
  steps: number;
  /** What the compilers and the linker wrote, and nothing of ninja's own. */
  diagnostics: string;
}

// What ninja prints in front of a step's description: not likely in a compiler's output.
const mark = '[lwd ';
// Red if colours are wanted.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour
const failure = /^(?:\u001b\[31m)?FAILED: /;

/** Brings everything in the ninja file up to date. Throws only if ninja itself fails: what a step says is in the outcome. */
export async function runNinja(run: NinjaRun): Promise<NinjaOutcome> {
  const command = [run.program, '-f', run.file, `-j${run.jobs}`, ...(run.targets ?? [])] as const;
  const reader = new OutputReader(run.report);
  const decoder = new TextDecoder();
  const result = await exec(command, {
    cwd: run.cwd,
    env: { ...run.env, NINJA_STATUS: `${mark}%f/%t] `, CLICOLOR_FORCE: run.colour ? '1' : '0' },
    timeout: 0,
    ...(run.signal ? { signal: run.signal } : {}),
    onStdout: (chunk) => reader.take(decoder.decode(chunk, { stream: true })),
  });
  run.signal?.throwIfAborted();
  const outcome = reader.end();
  if (result.exitCode === 0) return { ...outcome, ok: true };
  if (result.exitCode === 1 && outcome.failedStep) return { ...outcome, ok: false };
  throw new ToolError('ninja failed', {
    command,
    status: result.exitCode,
    stderrTail: `${result.stderr}${outcome.ninjaSays.join('\n')}`.trimEnd(),
  });
}

/** Takes ninja's output apart: status lines, the report of a failed step (its names and its command), and the rest. */
class OutputReader {
  #report: (status: string) => void;
  #pending = '';
  #diagnostics: string[] = [];
  #ninjaSays: string[] = [];
  #steps = 0;
  #failedStep = false;
  // ninja reports a failure right behind the step's status line: anywhere else the same words are a compiler's own.
  #afterStatus = false;
  #commandFollows = false;

  constructor(report: (status: string) => void) {
    this.#report = report;
  }

  take(text: string): void {
    const lines = (this.#pending + text).split('\n');
    this.#pending = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  end() {
    if (this.#pending !== '') this.#line(this.#pending);
    const diagnostics = this.#diagnostics.join('\n');
    return { steps: this.#steps, diagnostics, failedStep: this.#failedStep, ninjaSays: this.#ninjaSays };
  }

  #line(line: string): void {
    const afterStatus = this.#afterStatus;
    this.#afterStatus = false;
    if (this.#commandFollows) {
      this.#commandFollows = false;
    } else if (line.startsWith(mark)) {
      this.#steps += 1;
      this.#afterStatus = true;
      this.#report(line.slice(mark.length).replace('] ', ' '));
    } else if (afterStatus && failure.test(line)) {
      this.#failedStep = true;
      this.#commandFollows = true;
    } else if (line.startsWith('ninja: ')) {
      this.#ninjaSays.push(line);
    } else {
      this.#diagnostics.push(line);
    }
  }
}

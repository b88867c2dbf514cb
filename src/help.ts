/** `lwd --help`: oclif's text for commands and flags, and our table of exit codes below it. */
import { CommandHelp, Help, type Interfaces } from '@oclif/core';
import { exitCodes } from './exit-codes.js';

function exitCodesText(): string {
  const lines = [
    "The application's own exit status passes through `lwd up` and `lwd wait`. lwd itself ends with:",
    '',
    '    0  done',
  ];
  for (const { code, meaning } of Object.values(exitCodes)) lines.push(`  ${String(code).padStart(3)}  ${meaning}`);
  return lines.join('\n');
}

class LwdCommandHelp extends CommandHelp {
  /** oclif without the summary would show the last line alone. Lines are broken anew where no sentence ends. */
  protected override description(): string | undefined {
    const { description } = this.command;
    return description && this.wrap(description.replaceAll(/(?<![.:])\n(?=\S)/g, ' '));
  }

  protected override sections(): ReturnType<CommandHelp['sections']> {
    return [
      ...super.sections(),
      { header: 'EXIT CODES', generate: () => 'see `lwd --help`; they are the same for every command' },
    ];
  }
}

export default class LwdHelp extends Help {
  protected override CommandHelpClass = LwdCommandHelp;

  /** oclif's own list has "rm" for a topic, since "slurm:install" ends so in front of its colon. */
  protected override get sortedTopics(): Interfaces.Topic[] {
    const { commandIDs } = this.config;
    return super.sortedTopics.filter(({ name }) => commandIDs.some((id) => id.startsWith(`${name}:`)));
  }

  protected override async showRootHelp(): Promise<void> {
    await super.showRootHelp();
    this.log(this.section('GLOBAL FLAGS', this.renderList(globalFlags, { indentation: 2, stripAnsi: true })));
    this.log('');
    this.log(this.section('EXIT CODES', exitCodesText()));
    this.log('');
    this.log('`lwd COMMAND --help` says more about a command.');
  }

  override formatRoot(): string {
    const config: Interfaces.Config = this.config;
    return [config.pjson.description, this.section('USAGE', `$ lwd COMMAND [FLAGS] [ARGUMENTS]`)].join('\n\n');
  }
}

const globalFlags: [string, string][] = [
  ['--json', 'print the result, or the error, as one JSON value on stdout'],
  ['--quiet', 'no progress and no notes'],
  ['--verbose', 'say what is being done, every program that is run included'],
  ['--version', "lwd's version"],
];

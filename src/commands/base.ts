/**
 * What every command shares: the global flags, where words go, how an error ends the program, and the signals.
 * A command sets its exit status by `exitWith`, or by throwing; process.exit is never called.
 */
import { Command, Flags, type Interfaces } from '@oclif/core';
import { LwdError } from '../errors.js';
import type { ExitCodeName } from '../exit-codes.js';
import { ownStatus } from '../exit-status.js';
import type { HostFailure } from '../host/several.js';
import { describeFailure, type Failure, failureText } from '../report/failure.js';
import { Output } from '../report/output.js';
import { onExec } from '../sys/exec.js';
import { Interruption } from '../sys/interruption.js';

/** For every command that works on one host. */
export const hostFlag = Flags.string({
  description: 'local, embedded[:NAME], embedded-icount, ssh://user@node[:port] or a name of `hosts:`; else LWD_HOST',
  helpValue: 'HOST',
});

/** For those that work on several at once. */
export const hostsFlag = Flags.string({
  description:
    'one, or several with commas: local, embedded[:NAME], embedded-icount, ssh://user@node[:port], names and groups of `hosts:`; else LWD_HOST',
  helpValue: 'HOST,...',
});

export type FlagsOf<T extends typeof Command> = Interfaces.InferredFlags<(typeof LwdCommand)['baseFlags'] & T['flags']>;
export type ArgsOf<T extends typeof Command> = Interfaces.InferredArgs<T['args']>;

export abstract class LwdCommand<T extends typeof Command> extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'print the result as JSON', helpGroup: 'GLOBAL' }),
    quiet: Flags.boolean({ description: 'no progress, no notes', helpGroup: 'GLOBAL' }),
    verbose: Flags.boolean({ description: 'say what is being done', helpGroup: 'GLOBAL', exclusive: ['quiet'] }),
  };

  /** Commands that take the application's arguments after `--`. */
  static passesArguments = false;

  protected flags!: FlagsOf<T>;
  protected args!: ArgsOf<T>;
  #applicationArguments: string[] | undefined;
  /** All operands, for commands that take any number (`strict = false`). */
  protected operands: string[] = [];
  protected output!: Output;
  /** First signal: orderly end; second: at once. Hand `interruption.signal` to whatever may take long. */
  protected readonly interruption = new Interruption();

  override async init(): Promise<void> {
    await super.init();
    this.output = new Output(this.#globalFlags());
    this.interruption.listen();
    const own = this.ctor as typeof Command & { passesArguments: boolean };
    let argv = this.argv;
    const dashes = argv.indexOf('--');
    if (own.passesArguments && dashes >= 0) {
      this.#applicationArguments = argv.slice(dashes + 1);
      argv = argv.slice(0, dashes);
    }
    // oclif would take what comes by standard input for an operand that is not given: a script's, or the application's.
    for (const operand of Object.values(own.args)) operand.ignoreStdin = true;
    const parsed = await this.parse(own, argv);
    this.flags = parsed.flags as FlagsOf<T>;
    this.args = parsed.args as ArgsOf<T>;
    this.operands = parsed.argv.map(String);
    if (this.output.verbose) onExec((command) => this.output.detail(`+ ${command.join(' ')}`));
  }

  /** What stood after `--`, untouched; undefined if there was no `--`. Only with `passesArguments`. */
  protected givenArguments(): string[] | undefined {
    return this.#applicationArguments;
  }

  /** Ends the program with this status once everything is written. For lwd's own failures there is failWith. */
  protected exitWith(status: number): void {
    process.exitCode = status;
  }

  /** The same for a failure of lwd's own. */
  protected failWith(name: ExitCodeName): void {
    this.exitWith(ownStatus(name));
  }

  /** Says on stderr which hosts failed, and why; the status is then the highest of theirs and of what was set before. */
  protected tellFailed(failed: readonly HostFailure[]): void {
    for (const { host, error } of failed) {
      const failure = describeFailure(error);
      const message = failure.message.includes(host) ? failure.message : `${host}: ${failure.message}`;
      process.stderr.write(`${failureText({ ...failure, message })}\n`);
      this.exitWith(Math.max(Number(process.exitCode ?? 0), failure.exitCode));
    }
  }

  override async catch(error: unknown): Promise<void> {
    // oclif would warn developers of a command line that was never read; it was, and it was wrong.
    this.parsed = true;
    let failure: Failure = describeFailure(error, this.#commandLine());
    // A command that let the signal break its work off ends by the signal, whatever the broken work says of itself.
    const status = this.interruption.exitCode;
    const own = error === this.interruption.signal.reason || error === this.interruption.urgent.reason;
    const told = failure.kind === 'defect' || (error instanceof LwdError && error.evenInterrupted);
    if (status !== undefined && (own || !told)) {
      failure = {
        kind: 'interrupted',
        message: `interrupted by ${this.interruption.name}`,
        next: [],
        exitCode: status,
      };
    }
    showFailure(failure, this.output);
  }

  #commandLine() {
    const { baseFlags, flags, id } = this.ctor;
    return { command: id.replaceAll(':', ' '), known: Object.keys({ ...baseFlags, ...flags }) };
  }

  /** Read before parsing, so that a wrong command line is reported in the wanted form too. */
  #globalFlags() {
    const dashes = this.argv.indexOf('--');
    const own = dashes >= 0 ? this.argv.slice(0, dashes) : this.argv;
    return { json: own.includes('--json'), quiet: own.includes('--quiet'), verbose: own.includes('--verbose') };
  }
}

/** Shows the failure and sets the exit status. */
export function showFailure(failure: Failure, output: Output): void {
  if (output.json) output.result({ toJson: () => ({ error: failure }), toText: () => '' });
  else process.stderr.write(`${failureText(failure)}\n`);
  process.exitCode = failure.exitCode;
}

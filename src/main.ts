/** From argv to a command: oclif finds it in the manifest, loads that one module and runs it. */
import { Config, run } from '@oclif/core';
import { showFailure } from './commands/base.js';
import { describeFailure } from './report/failure.js';
import { Output } from './report/output.js';
import { packageRoot } from './sys/package-root.js';

const globalFlags = new Set(['--json', '--quiet', '--verbose']);

/**
 * `lwd help up` is `lwd up --help`, and what all commands have may stand in front of one: `lwd --json ps`. oclif knows
 * neither.
 */
export function rearranged(args: readonly string[]): string[] {
  const at = args.findIndex((word) => !globalFlags.has(word));
  if (at < 0) return [...args];
  const front = args.slice(0, at);
  const rest = args[at] === 'help' ? [...args.slice(at + 1), '--help'] : args.slice(at);
  const end = rest.indexOf('--');
  return end < 0 ? [...rest, ...front] : [...rest.slice(0, end), ...front, ...rest.slice(end)];
}

/** Sets process.exitCode; never throws for what a user can cause. */
export async function main(given: string[]): Promise<void> {
  const args = rearranged(given);
  // oclif would ask the system's list of users, in which not everybody is who runs in a container or a job.
  process.env.SHELL ||= '/bin/sh';
  try {
    await run(args, { root: packageRoot() });
  } catch (error) {
    // Only what happens before a command runs comes here: an unknown command, or lwd not built properly.
    const { commandIDs } = await Config.load(packageRoot());
    const known = commandIDs.map((id) => id.replaceAll(':', ' '));
    const failure = describeFailure(error, { command: undefined, known });
    showFailure(failure, new Output({ json: args.includes('--json'), quiet: false, verbose: false }));
  }
}

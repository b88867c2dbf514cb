/**
 * Installs what is missing, by apt.
 */
import { ToolError, UserError } from '../errors.js';
import { exec, orThrow } from '../sys/exec.js';
import { findProgram } from '../sys/programs.js';

const installTimeout = 1_800_000;

export interface FixOptions {
  root: boolean;
  /** What apt says, as it says it. */
  show: (chunk: Uint8Array) => void;
  signal: AbortSignal;
}

/**
 * Installs the packages; when that fails, fetches the lists of packages and tries once more (a fresh machine has none, an
 * old one names versions that the mirror no longer has). Throws ToolError if it fails again.
 */
export async function installPackages(packages: readonly string[], options: FixOptions): Promise<void> {
  if (packages.length === 0) return;
  if (findProgram('apt-get') === undefined) {
    throw new UserError('there is no apt-get here: --fix is for Debian and its like', {
      next: [`install by your system's own means: ${packages.join(' ')}`],
    });
  }
  const install = ['install', '--yes', '--no-install-recommends', ...packages];
  try {
    await aptGet(install, options);
  } catch (error) {
    if (!(error instanceof ToolError) || options.signal.aborted) throw error;
    await aptGet(['update'], options);
    await aptGet(install, options);
  }
}

async function aptGet(args: readonly string[], { root, show, signal }: FixOptions): Promise<void> {
  // Package scripts must not ask: nobody may be there to answer. sudo asks on the terminal, not on stdin.
  const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
  const [file = '', ...rest] = root ? command : ['sudo', ...command];
  const result = await exec([file, ...rest], { timeout: installTimeout, signal, onStdout: show, onStderr: show });
  signal.throwIfAborted();
  orThrow(result, `apt-get ${args[0]}`);
}

/** A stand-in's dom0 (stand-in.ts) as the local host, for functions of lwd's that are called in this process. */
import { stateDirectory } from '../../../src/host/dom0-files.js';
import { LocalHost } from '../../../src/host/local.js';
import type { ExecOptions, ExecResult } from '../../../src/sys/exec.js';

export class HostIn extends LocalHost {
  readonly #env: Record<string, string>;

  constructor(env: Record<string, string>) {
    super();
    this.#env = env;
  }

  override exec(command: readonly [string, ...string[]], options: ExecOptions): Promise<ExecResult> {
    return super.exec(command, { ...options, env: this.#env });
  }

  override script(text: string, args: readonly string[], options: ExecOptions): Promise<ExecResult> {
    const own = text.replaceAll(stateDirectory, this.#env.LWD_STATE ?? '');
    return super.script(own, args, { ...options, env: this.#env });
  }
}

/** ssh-timed.sh in the place of ssh, for commands of lwd. */
import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, runtime } from './host.js';

/** The environment in which `ssh` is ssh-timed.sh. */
export function timedSsh() {
  const folder = join(runtime, 'bin');
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(root, 'bench/lab/ssh-timed.sh'), join(folder, 'ssh'));
  chmodSync(join(folder, 'ssh'), 0o755);
  const real = process.env.PATH.split(':')
    .map((part) => join(part, 'ssh'))
    .find((path) => existsSync(path));
  return { PATH: `${folder}:${process.env.PATH}`, LWD_BENCH_SSH: real };
}

/**
 * Callers' files as disks: dom0/disk-attacher opens each with its caller's rights and makes it a device, which is what xl is told
 * of. No name of the caller's is opened by xl, or by anybody after it was looked at.
 */
import type { Writable } from 'node:stream';
import { HostError } from '../errors.js';
import type { Host } from '../host/host.js';
import type { DiskDevice } from '../xl/spec/disk.js';
import type { AllowedFile } from './authority.js';

/** Devices for one domain, which are there until `letGo`; then for as long as the domain has them. */
export interface AttachedFiles {
  disks: DiskDevice[];
  /**
   * `domain`: its number; none: there is none, and will be none; undefined: nobody can tell, so that they stay for a while. Only
   * the first time counts.
   */
  letGo(domain: number | 'none' | undefined): void;
}

/** A program that was sent to a host may not be executable yet. */
const attachScript = '[ -x "$1" ] || chmod 700 "$1" && exec "$@"';

const meanings: Record<string, string> = {
  2: 'is not there',
  11: 'is a disk of another domain, or locked by a program',
  13: 'may not be used by you',
  18: 'leads out of what is allowed',
  20: 'is not there',
  21: 'is no file',
  26: 'is a program that runs',
  30: 'is on a file system that is only to be read',
  34: 'is empty, or has no whole sectors of 512 bytes',
  40: 'leads out of what is allowed',
};

/** `as`: the caller, as the program takes him. Gives in words why not. Throws HostError if the program does not work. */
export async function attachFiles(
  host: Host,
  program: string,
  as: string,
  files: readonly AllowedFile[],
): Promise<AttachedFiles | { refused: string }> {
  const words = files.flatMap(({ target, readonly, root, file }) => [readonly ? `ro:${target}` : target, root, file]);
  let lifeline: Writable | undefined;
  let said = '';
  let isReady: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const ended = host.script(attachScript, [program, as, ...words], {
    timeout: 0,
    shielded: true,
    onStdin: (stdin) => {
      lifeline = stdin;
    },
    onStdout: (chunk) => {
      said += Buffer.from(chunk).toString();
      if (said.endsWith('ready\n')) isReady();
    },
  });
  const failed = await Promise.race([ready, ended]);
  if (failed !== undefined) return { refused: whyNot(failed.stderr, files) };
  // How it ends says nothing any more.
  ended.catch(() => {});
  const paths = [...said.matchAll(/^disk (\/dev\/loop\d+)$/gm)].map(([, path = '']) => path);
  return {
    disks: files.map(({ target, readonly }, index) => ({ target, readonly, path: paths[index] ?? '' })),
    letGo: (domain) => {
      if (lifeline?.writableEnded !== false) return;
      lifeline.end(domain === undefined ? '' : domain === 'none' ? '-\n' : `${domain}\n`);
    },
  };
}

function whyNot(stderr: string, files: readonly AllowedFile[]): string {
  const [, target = '', code = ''] = /^disk-attacher: (\S+): error (\d+)$/m.exec(stderr) ?? [];
  const file = files.find((each) => each.target === target);
  if (file === undefined) throw new HostError(`dom0 gives no loop device: ${stderr.trim() || 'no reason is told'}`);
  return `disk ${target}: ${file.root}/${file.file} ${meanings[code] ?? `cannot be used (error ${code})`}`;
}

/**
 * Files of a dom0: by programs that run there, as most of them are reached. Files that are pushed are this folder's own copies.
 */
import { ToolError } from '../errors.js';
import { type ExecOptions, type ExecResult, orThrow } from '../sys/exec.js';
import type { Host } from './host.js';

type Runner = Pick<Host, 'name' | 'exec' | 'script'>;

const transferTimeout = 300_000;

/** What lwd keeps in dom0. LWD_STATE, as LWD_RUNS, is for tests that run dom0's programs without being root. */
export const stateDirectory = process.env.LWD_STATE ?? '/var/lib/lwd';

/** Where pushed files lie in dom0, named by their digests. */
export const pushedDirectory = `${stateDirectory}/pushed`;

/** At most this many pushed files stay; the oldest go. A domain does not need its image once it is created. */
const pushedFilesKept = 64;

export async function readRemote(host: Runner, path: string, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const options: ExecOptions = { timeout: transferTimeout, onStdout: (chunk) => void chunks.push(chunk) };
  orThrow(await host.exec(['head', '-c', String(limit), path], options), `reading ${path}`, host.name);
  return Buffer.concat(chunks);
}

/** The size is checked before the name is taken: a connection cut in the middle looks like an end of file over there. */
const writeScript = `
umask 022
mkdir -p "\${1%/*}/" && cat >"$1.$$" || exit
if [ "$(wc -c <"$1.$$")" -eq "$2" ]; then
  mv -f "$1.$$" "$1"
else
  rm -f "$1.$$"
  echo "$1: not everything arrived" >&2
  exit 1
fi`;

export async function writeRemote(host: Runner, path: string, content: Uint8Array | string): Promise<void> {
  const size = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
  const options = { timeout: transferTimeout, input: content };
  orThrow(await host.script(writeScript, [path, String(size)], options), `writing ${path}`, host.name);
}

/**
 * Ends with 3 if the file is to be sent: it is not there, or is not what its name says. A new date keeps it among those that
 * stay.
 */
const haveScript = `[ -f "$1" ] && [ "$(sha256sum <"$1")" = "$2  -" ] || exit 3; touch -c "$1"`;

const receiveScript = `
umask 077
mkdir -p "\${1%/*}" && cat >"$1.$$" || exit
if [ "$(sha256sum <"$1.$$")" = "$2  -" ]; then
  mv -f "$1.$$" "$1"
else
  rm -f "$1.$$"
  echo "what arrived has another digest than $2" >&2
  exit 1
fi
cd "\${1%/*}" && ls -t | tail -n "+$3"
exit 0`;

/** Removes what is named behind the first parameter, unless somebody sent it anew meanwhile. */
const makeRoomScript = `
cd "$1" || exit
kept=$2
shift 2
ls -t | tail -n "+$kept" | while read -r old; do
  for named; do [ "$old" != "$named" ] || rm -f "$old"; done
done
exit 0`;

export function pushedPath(sha256: string, folder = pushedDirectory): string {
  return `${folder}/${sha256}`;
}

/** True if the far side has the file already, whole and unaltered. One round trip. */
export async function isPushed(host: Runner, sha256: string): Promise<boolean> {
  const result = await host.script(haveScript, [pushedPath(sha256), sha256], { timeout: 120_000 });
  return result.exitCode === 0;
}

/** Of a path that push() gave: removes the file if it is not what its name says, and tells whether it did. */
export async function removeDamaged(host: Runner, path: string): Promise<boolean> {
  if (!path.startsWith(`${pushedDirectory}/`)) return false;
  const whole = await isPushed(host, path.slice(pushedDirectory.length + 1));
  if (!whole) await host.exec(['rm', '-f', path], { timeout: 30_000 });
  return !whole;
}

/**
 * Parameters: the folder, and what find is to look for besides. What a cut connection left half goes too. A line each: name,
 * bytes.
 */
const cleanScript = `
cd "$1" 2>/dev/null || exit 0
shift
find . -type f "$@" | while read -r file; do
  size=$(wc -c <"$file") && rm -f "$file" && printf '%s %s\\n' "\${file#./}" "$size"
done`;

/** A domain needs its image no more once it is created; between the two there are seconds. */
const unusedMinutes = 60;

export interface RemovedFile {
  path: string;
  bytes: number;
}

/** Removes pushed files that nobody has used for an hour, or all. Whoever remembers that they are there has to forget it. */
export async function cleanPushed(host: Runner, all: boolean): Promise<RemovedFile[]> {
  const args = [pushedDirectory, ...(all ? [] : ['-mmin', `+${unusedMinutes}`])];
  const { stdout } = orThrow(
    await host.script(cleanScript, args, { timeout: 60_000 }),
    'removing old files',
    host.name,
  );
  return [...stdout.matchAll(/^(\S+) +(\d+)$/gm)].map(([, name = '', bytes]) => ({
    path: `${pushedDirectory}/${name}`,
    bytes: Number(bytes),
  }));
}

/**
 * Sends the file and has its digest compared over there. Gives the digests of old files that are to make room for it
 * (makeRoom()). Throws ToolError if the file is not what `sha256` says.
 */
export async function sendPushed(
  host: Runner,
  localFile: string,
  sha256: string,
  folder = pushedDirectory,
): Promise<string[]> {
  const args = [pushedPath(sha256, folder), sha256, String(pushedFilesKept + 1)];
  const options: ExecOptions = { timeout: transferTimeout, inputFile: localFile };
  const result: ExecResult = await host.script(receiveScript, args, options);
  if (result.exitCode !== 0 && result.stderr.includes('another digest')) {
    throw new ToolError(`${localFile} changed while it was sent to ${host.name}, or was damaged on the way`, {
      command: result.command,
      host: host.name,
      status: result.exitCode,
      stderrTail: result.stderr,
    });
  }
  orThrow(result, `sending ${localFile} to ${host.name}`, host.name);
  return result.stdout.split('\n').filter((name) => /^[0-9a-f]+$/.test(name));
}

/** Removes the old files that sendPushed() named. Whoever remembers that they are there forgets it before. */
export async function makeRoom(host: Runner, old: readonly string[], folder = pushedDirectory): Promise<void> {
  if (old.length === 0) return;
  const args = [folder, String(pushedFilesKept + 1), ...old];
  orThrow(await host.script(makeRoomScript, args, { timeout: 30_000 }), 'removing old files', host.name);
}

/**
 * How environment and arguments reach `main`: one line of text that Xen hands to the domain. Pure. The kernel's decoder
 * is kernel/posix/process/command_line.c.
 *
 * Words are separated by blanks: first NAME=value entries, then `--`, then the arguments, argv[0] the first. A word may
 * stand in double quotes; within them a backslash escapes `\\`, `\"`, `\n`, `\t` and nothing else.
 */
import { UserError } from '../../errors.js';

/** What Xen's start information has room for, its closing NUL not counted. */
export const longestCommandLine = 1023;

/** Stands in place of a line that is too long, or that holds what xl cannot carry: look into this file of the ramdisk. */
export const archiveReference = '@/.lwd/cmdline';

/** Ahead of all words: somebody attends to the process channel. No environment variable can have that name. */
const channelWord = 'lwd.channel=1';

/** The channel, and a stream of it that is to be this descriptor of the program's (kernel/posix/file/file_stream.c). */
export function channelWords(stream: number | undefined): string {
  return stream === undefined ? channelWord : `${channelWord} lwd.stream=${stream}`;
}

const escapes: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\t': '\\t' };

/** Throws UserError for what no program on any Unix could be given. */
export function encodeCommandLine(env: Readonly<Record<string, string>>, args: readonly string[]): string {
  const words: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new UserError(`"${name}" is no name for an environment variable`, {
        next: ['use letters, digits and _, and no digit first'],
      });
    }
    words.push(encodeWord(`${name}=${value}`, `the value of ${name}`));
  }
  words.push('--');
  args.forEach((argument, index) => {
    words.push(encodeWord(argument, `argument ${index}`));
  });
  return words.join(' ');
}

/**
 * For a kernel that is not lwd's: what lwd tells each of several domains, then the line as it was given. Linux hands on to its
 * init what it does not know itself, as environment. Throws UserError for what Xen cannot hand on.
 */
export function foreignCommandLine(given: string, env: Readonly<Record<string, string>>): string {
  const told = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const line = [...told, given].filter((part) => part !== '').join(' ');
  if (/[\p{Cc}\p{Surrogate}]/u.test(line)) {
    throw new UserError('--cmdline: control characters cannot be in it', { exit: 'usage' });
  }
  if (Buffer.byteLength(line) <= longestCommandLine) return line;
  throw new UserError(`--cmdline: longer than the ${longestCommandLine} bytes that Xen hands on`, { exit: 'usage' });
}

function encodeWord(word: string, what: string): string {
  if (word.includes('\0')) throw new UserError(`${what} holds a NUL byte, which ends a string in C`);
  if (/\p{Surrogate}/u.test(word)) throw new UserError(`${what} is no valid Unicode text`);
  if (word !== '' && !/[\s"\\]/.test(word)) return word;
  return `"${word.replaceAll(/[\\"\n\t]/g, (character) => escapes[character] ?? character)}"`;
}

/** Whether the line can be given as it is: short enough, and free of control characters, which xl.cfg cannot hold. */
export function fitsCommandLine(line: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  return Buffer.byteLength(line) <= longestCommandLine && !/[\u0000-\u001f\u007f]/.test(line);
}

/**
 * A cpio newc archive with the line as its only file, to be appended to the ramdisk. The same line and number, of 32 bits,
 * give the same bytes.
 */
export function commandLineArchive(line: string, number = 1): Uint8Array {
  const content = Buffer.from(line);
  return Buffer.concat([entry('.lwd/cmdline', number, content, 0o100444), entry('TRAILER!!!', 0, Buffer.alloc(0), 0)]);
}

function entry(name: string, inode: number, content: Buffer, mode: number): Buffer {
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return Buffer.concat([padded(Buffer.from(header)), padded(content)]);
}

/** newc aligns names (with their header) and contents to four bytes. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

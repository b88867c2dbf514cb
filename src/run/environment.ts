/**
 * Environment variables that are not written on the command line, where everybody on a machine can read them: `--env NAME` takes
 * the value from lwd's own environment, --env-file from a file. Their domain's line goes into its ramdisk.
 */
import { randomInt } from 'node:crypto';
import { UserError } from '../errors.js';
import { readText } from '../sys/fs.js';

export interface EnvironmentFlags {
  env?: string[] | undefined;
  'env-file'?: string[] | undefined;
}

export interface AskedEnvironment {
  /** NAME=VALUE; later ones go before earlier ones. */
  env: string[] | undefined;
  secret: number | undefined;
}

/** `own`: lwd's environment. Throws UserError, which shows names and no values. */
export async function askedEnvironment(
  { env, 'env-file': files = [] }: EnvironmentFlags,
  own: Readonly<Record<string, string | undefined>>,
): Promise<AskedEnvironment> {
  const fromFiles = (await Promise.all(files.map((file) => entriesOf(file, own)))).flat();
  const isTaken = (entry: string) => !entry.includes('=');
  const entries = env?.map((entry) => (isTaken(entry) ? taken(entry, own, '--env') : entry)) ?? [];
  const isSecret = files.length > 0 || env?.some(isTaken) === true;
  return {
    env: env === undefined && files.length === 0 ? undefined : [...fromFiles, ...entries],
    secret: isSecret ? randomInt(2 ** 32) : undefined,
  };
}

/**
 * NAME=value or NAME, a line each: the value as it stands there, to the line's end. Empty lines and those with # in front are
 * none.
 */
async function entriesOf(file: string, own: Readonly<Record<string, string | undefined>>): Promise<string[]> {
  const text = await readText(file);
  if (text === undefined) {
    throw new UserError(`--env-file: there is no file ${file}`, { next: ['a line for each variable: NAME=value'] });
  }
  return text.split('\n').flatMap((line, index) => {
    const where = `${file}, line ${index + 1}`;
    const name = /^([A-Za-z_][A-Za-z0-9_]*)(=|$)/.exec(line);
    if (line.trim() === '' || line.startsWith('#')) return [];
    if (name === null)
      throw new UserError(`${where}: neither NAME=value nor NAME`, { next: ['its value is not shown'] });
    return [name[2] === '=' ? line : taken(line, own, where)];
  });
}

function taken(name: string, own: Readonly<Record<string, string | undefined>>, where: string): string {
  const value = own[name];
  if (value !== undefined) return `${name}=${value}`;
  throw new UserError(`${where}: lwd's own environment has no ${name}`, {
    exit: 'usage',
    next: ['export it before', `or say its value, which others on this machine can then read: ${name}=VALUE`],
  });
}

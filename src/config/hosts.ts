/**
 * Hosts by name: `hosts:` of the user's config.yaml and of the project's lwd.yaml, which wins. Read only when a name is
 * asked for that is no address by itself.
 */
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { readText } from '../sys/fs.js';
import { ConfigurationError, explainIssue, type Problem, type SchemaIssue } from './explain.js';
import { hostsSchema } from './hosts-schema.js';
import { nearest } from './nearest.js';
import { configurationName, nearestProject } from './project-root.js';
import { YamlFile } from './yaml-file.js';

export interface NamedHosts {
  /** An address, or the members of a group: addresses and names. */
  value: string | readonly string[];
  /** Where it is written: "lwd.yaml:12". */
  where: string;
}

export type HostTable = ReadonlyMap<string, NamedHosts>;

function userConfigurationFile(): string {
  const base = process.env.XDG_CONFIG_HOME;
  return join(base?.startsWith('/') ? base : join(homedir(), '.config'), 'lwd/config.yaml');
}

/** All that is named, for a project in `directory` or above it, if there is one. Throws ConfigurationError. */
export async function readHostTable(directory = '.'): Promise<HostTable> {
  const own = await readHosts(userConfigurationFile(), true);
  const project = nearestProject(directory);
  const projects = project === undefined ? [] : await readHosts(join(project, configurationName), false);
  return new Map([...own, ...projects]);
}

async function readHosts(path: string, whole: boolean): Promise<[string, NamedHosts][]> {
  const text = await readText(path);
  if (text === undefined) return [];
  const shown = relative(process.cwd(), path);
  return parseHosts(text, shown.startsWith('../../') ? path : shown, whole);
}

/** `hosts:` of this text. `whole`: there is nothing else to the file; of lwd.yaml the rest is config/load.ts's to check. */
function parseHosts(text: string, shown: string, whole: boolean): [string, NamedHosts][] {
  const file = new YamlFile(text, () => false);
  const problems: Problem[] = file.problems.map((problem) => ({ ...problem, key: '' }));
  if (problems.length > 0) throw new ConfigurationError(shown, problems);
  if (file.value === null) return [];
  const shape = { hosts: hostsSchema.optional() };
  const mapping = { error: 'a mapping (lines of "key: value")' };
  const schema = whole ? z.strictObject(shape, mapping) : z.object(shape, mapping);
  const { error, data } = schema.safeParse(file.value);
  const issues = (error?.issues ?? []) as SchemaIssue[];
  const known = () => ({ known: Object.keys(shape), planned: [] });
  if (data === undefined) {
    throw new ConfigurationError(
      shown,
      issues.flatMap((issue) => explainIssue(issue, file, known)),
    );
  }
  return Object.entries(data.hosts ?? {}).map(([name, value]) => {
    const { line } = file.keyPosition(['hosts', name]);
    return [name, { value, where: `${shown}:${line}` }];
  });
}

export interface ResolvedHost {
  /** As the user calls it: its name, or its address. */
  name: string;
  address: string;
}

/**
 * What a list of names, groups and addresses means, each address once, in order. `because` is where the list is from. Pure.
 * Throws UserError.
 */
export function resolveHosts(list: readonly string[], table: HostTable, because: string): ResolvedHost[] {
  const found = new Map<string, ResolvedHost>();
  const take = (word: string, where: string, inside: readonly string[]): void => {
    const entry = table.get(word);
    if (inside.includes(word)) throw new UserError(`${where}: the group "${word}" is a member of itself`);
    if (entry === undefined) {
      if (!isAddress(word)) throw unknownHost(word, table, where);
      if (!found.has(word)) found.set(word, { name: word, address: word });
    } else if (typeof entry.value === 'string') {
      // Of this machine files are not sent, which others have to see by the name.
      const name = entry.value === 'local' ? 'local' : word;
      if (!found.has(entry.value)) found.set(entry.value, { name, address: entry.value });
    } else {
      for (const member of entry.value) take(member, `${entry.where} hosts.${word}`, [...inside, word]);
    }
  };
  for (const word of list) take(word, because, []);
  return [...found.values()];
}

/** Needs no table. Whether such an address is well formed is said by who makes the host of it. */
function isAddress(word: string): boolean {
  return /^(local|embedded(-icount)?(:.*)?|ssh:\/\/.*)$/.test(word);
}

function unknownHost(word: string, table: HostTable, where: string): UserError {
  const names = [...table.keys()];
  const near = nearest(word, ['local', 'embedded', 'embedded-icount', ...names]);
  return new UserError(`${where}: "${word}" is no host${near === undefined ? '' : `; did you mean "${near}"?`}`, {
    next: [
      'allowed are: local, embedded, embedded:NAME, embedded-icount, ssh://user@node[:port]',
      names.length === 0
        ? `names for hosts: write them below "hosts:" in ${userConfigurationFile()} or in lwd.yaml`
        : `and by name: ${names.join(', ')}`,
    ],
  });
}

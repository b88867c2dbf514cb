/**
 * Who may do what through the broker: the policy file, checked with line and column. Names of users and groups become numbers
 * when it is read. What is not allowed by a rule is refused. Pure but for `readPolicy`.
 */
import { z } from 'zod';
import { ConfigurationError, explainIssue, keyText, type Problem, type SchemaIssue } from '../config/explain.js';
import { YamlFile } from '../config/yaml-file.js';
import { UserError } from '../errors.js';
import { exec } from '../sys/exec.js';
import { exists, readOwned, readText } from '../sys/fs.js';
import { expandCpus } from '../xl/place/placement.js';
import type { Caller } from './caller.js';

export interface AllowedPath {
  path: string;
  readonly: boolean;
}

/** What those may have whom the rule is for: each of them, all of his domains together. */
export interface Rule {
  users: number[];
  groups: number[];
  everyone: boolean;
  domains: number;
  /** MiB. */
  memory: number;
  vcpus: number;
  /** The only CPUs that domains may run on; undefined: all. */
  cpus: string | undefined;
  /** Pools of CPUs; undefined: any that there is. */
  pools: string[] | undefined;
  bridges: string[];
  devices: AllowedPath[];
  /** Folders: files in them can be disks. */
  disks: AllowedPath[];
  volumes: AllowedPath[];
  /** Bytes of an image, and of its ramdisk. */
  image: number;
  /** Only from within a job of the batch system. */
  job: boolean;
}

export type Policy = readonly Rule[];

const count = (most: number) => {
  const error = `a whole number from 1 to ${most}`;
  return z.int({ error }).min(1, { error }).max(most, { error });
};
const strings = (what: string, each: z.ZodType<string>) => z.array(each, { error: `a list of ${what}` });
const size = 'a size with a unit, in whole MiB: 64M, 2G';
const sizeText = z.string({ error: size }).regex(/^[1-9][0-9]{0,5}[MG]$/, { error: size });
const who = 'a name or a number';
const name = z.string({ error: who }).regex(/^(?:[0-9]{1,10}|[A-Za-z_][A-Za-z0-9._@-]{0,63}\$?)$/, { error: who });
const cpuList = 'a list of CPUs in quotes: "2", "0-3,6"';
const bridge = "a bridge's name";
const pool = "a pool's name";
const path = (what: string) =>
  z
    .string({ error: what })
    .max(1024, { error: what })
    .regex(/^\/(?:(?!\.{1,2}(?:\/|:|$))[^/\0\n]+(?:\/(?!$|:))?)*(?::ro)?$/, { error: what });
const mapping = 'a mapping (lines of "key: value")';
const unknown = (issue: { code: string }) => (issue.code === 'invalid_type' ? mapping : undefined);

const rule = z.strictObject(
  {
    users: strings('users', name).optional(),
    groups: strings('groups', name).optional(),
    everyone: z.literal(true, { error: 'true, or left out' }).optional(),
    domains: count(1000),
    memory: sizeText,
    vcpus: count(4096).optional(),
    cpus: z
      .string({ error: cpuList })
      .regex(/^[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*$/, { error: cpuList })
      .optional(),
    pools: strings('pools', z.string({ error: pool }).regex(/^[A-Za-z0-9._-]{1,63}$/, { error: pool })).optional(),
    bridges: strings(
      'bridges',
      z.string({ error: bridge }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/, { error: bridge }),
    ).optional(),
    devices: strings('devices', path('a device below /dev, with :ro behind it if it is only to be read')).optional(),
    disks: strings('folders', path('an absolute path, with :ro behind it if it is only to be read')).optional(),
    volumes: strings('folders', path('an absolute path, with :ro behind it if it is only to be read')).optional(),
    image: sizeText.optional(),
    job: z.literal('required', { error: 'required, or left out' }).optional(),
  },
  { error: unknown },
);

const policySchema = z.strictObject(
  {
    version: z.literal(1, { error: '1' }),
    rules: z.array(rule, { error: 'a list of rules' }),
  },
  { error: unknown },
);

const known: Record<string, readonly string[]> = {
  '': Object.keys(policySchema.shape),
  'rules.*': Object.keys(rule.shape),
};

/** Gives the number of a user or group, undefined if there is none of this name. */
export type Lookup = (database: 'passwd' | 'group', name: string) => Promise<number | undefined>;

/** Throws ConfigurationError with all that is wrong. `shown` is the file's name in messages. */
export async function parsePolicy(text: string, shown: string, lookup: Lookup): Promise<Policy> {
  const file = new YamlFile(text, (place) => place[2] === 'users' || place[2] === 'groups');
  const problems: Problem[] = file.problems.map((problem) => ({ ...problem, key: '' }));
  if (problems.length > 0) throw new ConfigurationError(shown, problems);
  const { error, data } = policySchema.safeParse(file.value);
  for (const issue of (error?.issues ?? []) as SchemaIssue[]) problems.push(...explainIssue(issue, file, keysAt));
  const rules: Rule[] = [];
  const report = (place: PropertyKey[], message: string) =>
    problems.push({ ...file.position(place), key: keyText(place), message });
  for (const [index, each] of (data?.rules ?? []).entries()) {
    const at = (key: string) => ['rules', index, key];
    if (!each.users && !each.groups && !each.everyone)
      report(['rules', index], 'is for nobody: give users, groups or everyone');
    const numbers = async (key: 'users' | 'groups', database: 'passwd' | 'group') => {
      const found: number[] = [];
      for (const [place, wanted] of (each[key] ?? []).entries()) {
        const number = /^[0-9]+$/.test(wanted) ? Number(wanted) : await lookup(database, wanted);
        if (number === undefined)
          report([...at(key), place], `there is no ${key === 'users' ? 'user' : 'group'} ${wanted}`);
        else found.push(number);
      }
      return found;
    };
    for (const [place, device] of (each.devices ?? []).entries()) {
      if (!/^\/dev\/./.test(device)) report([...at('devices'), place], 'is no device below /dev');
    }
    rules.push({
      users: await numbers('users', 'passwd'),
      groups: await numbers('groups', 'group'),
      everyone: each.everyone ?? false,
      domains: each.domains,
      memory: mebibytes(each.memory),
      vcpus: each.vcpus ?? each.domains,
      cpus: each.cpus,
      pools: each.pools,
      bridges: each.bridges ?? [],
      devices: (each.devices ?? []).map(allowedPath),
      disks: (each.disks ?? []).map(allowedPath),
      volumes: (each.volumes ?? []).map(allowedPath),
      image: mebibytes(each.image ?? '256M') * 2 ** 20,
      job: each.job === 'required',
    });
  }
  if (problems.length > 0) throw new ConfigurationError(shown, problems);
  return rules;
}

function keysAt(place: readonly PropertyKey[]): { known: readonly string[]; planned: readonly string[] } {
  return {
    known: known[place.map((part) => (typeof part === 'number' ? '*' : String(part))).join('.')] ?? [],
    planned: [],
  };
}

function mebibytes(text: string): number {
  return Number(text.slice(0, -1)) * (text.endsWith('G') ? 1024 : 1);
}

function allowedPath(text: string): AllowedPath {
  return text.endsWith(':ro') ? { path: text.slice(0, -3), readonly: true } : { path: text, readonly: false };
}

/** The first rule that is for the caller. Root, who may use xl itself, is held back by none. */
export function ruleFor(policy: Policy, { uid, gid, groups }: Caller): Rule | undefined {
  if (uid === 0) return rootRule;
  const isIn = (group: number) => group === gid || groups.includes(group);
  return policy.find((each) => each.everyone || each.users.includes(uid) || each.groups.some(isIn));
}

const rootRule: Rule = {
  ...{
    users: [0],
    groups: [],
    everyone: false,
    domains: 1000,
    memory: 2 ** 24,
    vcpus: 4096,
    cpus: undefined,
    pools: undefined,
  },
  ...{ bridges: [], devices: [], disks: [{ path: '/', readonly: false }], volumes: [{ path: '/', readonly: false }] },
  ...{ image: 2 ** 30, job: false },
};

/** Whether `cpus` names none but those that the rule allows. Nodes are xl's to expand, and so not known to be. */
export function allowsCpus(rule: Rule, cpus: string): boolean {
  if (rule.cpus === undefined) return true;
  const allowed = expandCpus(rule.cpus);
  const wanted = expandCpus(cpus);
  if (!(allowed instanceof Set) || !(wanted instanceof Set) || wanted.size === 0) return false;
  return [...wanted].every((cpu) => allowed.has(cpu));
}

/** Throws UserError: also if somebody else than root, or whoever runs the broker, could have written the file. */
export async function readPolicy(file: string): Promise<Policy> {
  const text = await readOwned(file);
  if (text === undefined) {
    if (!exists(file)) {
      throw new UserError(`there is no policy ${file}`, {
        exit: 'configuration',
        next: ['docs/broker.md has an example'],
      });
    }
    throw new UserError(`${file} cannot be the policy: it has to be a file that you alone, or root, can write`, {
      exit: 'noPermission',
      next: [`look: ls -l ${file}`, 'docs/broker.md has an example'],
    });
  }
  return parsePolicy(text, file, lookUp);
}

/** As the system does it, directories of a site included. A small dom0 may have no program for that, but has the files. */
async function lookUp(database: 'passwd' | 'group', wanted: string): Promise<number | undefined> {
  const { startError, stdout } = await exec(['getent', database, wanted], { timeout: 30_000 });
  return numberIn(startError === undefined ? stdout : ((await readText(`/etc/${database}`)) ?? ''), wanted);
}

/** Of the first line that is about `wanted`; undefined if there is none. */
export function numberIn(entries: string, wanted: string): number | undefined {
  const line = entries.split('\n').find((each) => each.startsWith(`${wanted}:`));
  const number = line?.split(':')[2] ?? '';
  return /^[0-9]{1,10}$/.test(number) ? Number(number) : undefined;
}

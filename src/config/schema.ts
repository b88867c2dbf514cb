/**
 * The shape of lwd.yaml. Every message here completes the sentence "… must be …": explain.ts puts the place, the key and
 * what was found in front of it. Key names are xl's where the key is one of xl's.
 */
import { z } from 'zod';
import { hostSchema, hostsSchema } from './hosts-schema.js';

/** Whole MiB, so that xl's own unit loses nothing. */
const size = z
  .string({ error: 'a size in quotes or with a unit: 64M, 1536M, 2G' })
  .regex(/^[1-9][0-9]{0,5}(M|MiB|G|GiB)$/, { error: 'a size with a unit, in whole MiB: 64M, 1536M, 2G' });

const text = (what: string, limit = 4096) =>
  z
    .string({ error: what })
    .max(limit, { error: `${what}, at most ${limit} characters` })
    .refine((value) => !value.includes('\0'), { error: `${what}, without NUL characters` });

const name = z
  .string({ error: 'a name: a letter, then letters, digits and . _ - , at most 63' })
  .regex(/^[A-Za-z][A-Za-z0-9._-]{0,62}$/, { error: 'a name: a letter, then letters, digits and . _ - , at most 63' });

/** xl's list of CPUs: numbers, ranges, all, nodes, each possibly excluded by ^. */
const cpuItem = '(?:\\^?(?:nodes?:)?[0-9]{1,4}(?:-[0-9]{1,4})?|all|nodes?:all)';
const cpuList = z
  .string({ error: 'a list of CPUs in quotes: "2", "0-3,^1", "node:0"' })
  .regex(new RegExp(`^(?:auto|${cpuItem}(?:,${cpuItem})*)$`), {
    error: 'a list of CPUs as xl has it: "2", "0-3,^1", "node:0", "all"; or "auto"',
  });

/** Text that may be written without quotes even where YAML sees a number: yaml-file.ts gives what was written. */
const written = (what: string, limit?: number) => text(what, limit).meta({ anyScalar: true });

const strings = (what: string, each: z.ZodType<string>) => z.array(each, { error: `a list of ${what}` });

const mapping = 'a mapping (lines of "key: value")';

/** Strict: unknown keys are refused. Other messages are the fields' own. */
function table<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, { error: (issue) => (issue.code === 'invalid_type' ? mapping : undefined) });
}

/** The folder of an existing build system, one of which stands where `sources` would. */
const buildFolder = (file: string) =>
  text(`a folder with ${file}`)
    .min(1, { error: `a folder with ${file}` })
    .optional()
    .meta({ description: `Instead of sources: a folder with ${file}` });

const program = "the program's path in the build folder, without .. in it: src/solver";

const build = table({
  sources: strings('files or patterns', text('a file or a pattern such as src/**/*.c'))
    .min(1, { error: 'at least one file or pattern' })
    .optional()
    .meta({ description: 'C (.c) and assembler (.S) sources; ** stands for any folders' }),
  configure: buildFolder('a configure script'),
  cmake: buildFolder('CMakeLists.txt'),
  meson: buildFolder('meson.build'),
  make: buildFolder('a Makefile'),
  arguments: strings('arguments', written('an argument'))
    .optional()
    .meta({ description: 'For configure, cmake, meson setup, or make' }),
  targets: strings('targets', text("a target's name"))
    .optional()
    .meta({ description: 'What make or ninja is to make; the default target if not given' }),
  program: text(program)
    .regex(/^(?!\/)(?!(.*\/)?\.\.(\/|$)).+$/, { error: program })
    .optional()
    .meta({
      description: 'The program that the build system leaves, relative to its build folder; `name` if not given',
    }),
  include: strings('folders', text('a folder')).optional().meta({ description: 'Folders for #include' }),
  flags: strings('compiler flags', written('a compiler flag'))
    .optional()
    .meta({ description: 'Compiler flags, after those of the profile' }),
  libraries: strings('ports', text("a port's name"))
    .optional()
    .meta({ description: 'Ports to link with, built once: zlib, lua' }),
  profile: z
    .enum(['debug', 'release', 'lto'], { error: 'debug, release or lto' })
    .optional()
    .meta({ description: 'lto optimises application, kernel and C library as one' }),
});

const file = table({
  source: text('a file or folder of the project, or port:NAME/FILE').min(1, {
    error: 'a file or folder of the project, or port:NAME/FILE',
  }),
  target: text('an absolute path in the domain').regex(/^(\/(?!\.{1,2}(\/|$))[^/\0]{1,255})+$/, {
    error: 'an absolute path in the domain, without // . or .. in it: /data/matrix.mtx',
  }),
});

const volumeSource = 'a folder of this machine';
const volumeTarget =
  'an absolute path in the domain of letters, digits and . _ @ + - , without // . or .. in it: /data';

const volume = table({
  source: text(volumeSource).min(1, { error: volumeSource }),
  target: text(volumeTarget, 200).regex(/^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._@+-]+)+$/, { error: volumeTarget }),
  readonly: z.boolean({ error: 'true or false' }).optional(),
});

const diskSource = 'a file of this machine, or a device of the host: ./scratch.img, /dev/sdb';
const diskTarget = "a disk's name in the domain: xvda to xvdz";

const disk = table({
  source: text(diskSource).min(1, { error: diskSource }),
  target: text(diskTarget).regex(/^xvd[a-z]$/, { error: diskTarget }),
  readonly: z.boolean({ error: 'true or false' }).optional(),
});

const byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const ipv4 = `${byte}(?:\\.${byte}){3}`;
const address = (what: string) => z.string({ error: what }).regex(new RegExp(`^${ipv4}$`), { error: what });
const bridgeName = 'the name of a bridge in dom0: xenbr0';
const ipOrDhcp = 'dhcp, or an IPv4 address with its prefix: 10.0.0.5/24';
const mac = 'a hardware address in quotes: "00:16:3e:01:02:03"';

const network = table({
  bridge: z
    .string({ error: bridgeName })
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/, { error: bridgeName })
    .optional()
    .meta({ description: 'Bridge in dom0, xenbr0 if not given' }),
  ip: z
    .string({ error: ipOrDhcp })
    .regex(new RegExp(`^(dhcp|${ipv4}/(?:3[0-2]|[12]?[0-9]))$`), { error: ipOrDhcp })
    .optional(),
  gateway: address('an IPv4 address').optional(),
  dns: z
    .array(address('an IPv4 address'), { error: 'a list of addresses' })
    .max(3, { error: 'at most three addresses' })
    .optional()
    .meta({ description: 'Name servers' }),
  mac: z
    .string({ error: mac })
    .regex(/^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/, { error: mac })
    .optional(),
});

const domain = table({
  type: z
    .enum(['auto', 'pv', 'pvh'], { error: 'auto, pv or pvh' })
    .optional()
    .meta({ description: 'auto: pvh where the host has hardware paging for it, else pv' }),
  vcpus: z
    .int({ error: 'a whole number from 1 to 128' })
    .min(1, { error: 'a whole number from 1 to 128' })
    .max(128, { error: 'a whole number from 1 to 128' })
    .optional(),
  memory: size.optional().meta({ description: 'Memory at the start, 64M if not given' }),
  maxmem: size.optional().meta({ description: 'How far memory may grow; memory if not given' }),
  cpus: cpuList.optional().meta({ description: 'Where the vCPUs may run' }),
  on_crash: z
    .enum(['destroy', 'preserve'], { error: 'destroy or preserve' })
    .optional()
    .meta({ description: 'preserve: keep the dead domain for inspection' }),
});

const env = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'a name of letters, digits and _, not starting with a digit' }),
  written('text', 65_536),
  { error: mapping },
);

const settings = {
  files: z
    .array(file, { error: 'a list of {source, target}' })
    .optional()
    .meta({ description: 'Packed into the read-only root' }),
  volumes: z
    .array(volume, { error: 'a list of {source, target}' })
    .optional()
    .meta({ description: 'Folders of this machine that the domain sees' }),
  disks: z
    .array(disk, { error: 'a list of {source, target}' })
    .optional()
    .meta({ description: 'Block devices: files of this machine, or devices of the host' }),
  network: z
    .array(network, { error: 'a list of network cards: [{bridge: xenbr0, ip: dhcp}]' })
    .max(8, { error: 'at most eight cards' })
    .optional()
    .meta({ description: 'Network cards' }),
  args: strings('arguments', written('text')).optional().meta({ description: "main's arguments, after its name" }),
  env: env.optional().meta({ description: "main's environment" }),
  domain: domain.optional(),
  posix: z
    .enum(['strict', 'lax'], { error: 'strict or lax' })
    .optional()
    .meta({ description: 'strict: it is an error if the program can reach a call that is refused or faked' }),
  host: hostSchema.optional().meta({ description: 'The Xen host to run on' }),
};

const profile = table({ ...settings, build: build.partial().optional() });

export const projectSchema = table({
  name: name.meta({ description: "The application's name: its image, its argv[0], by default its domain" }),
  build,
  ...settings,
  hosts: hostsSchema.optional(),
  profiles: z
    .record(name, profile, { error: 'a mapping of names to settings' })
    .optional()
    .meta({ description: 'Settings that `--profile NAME` lays over the others' }),
});

/** lwd.yaml with one profile laid over it: what the rest is computed from. */
export const mergedSchema = table({ name, build, ...settings, hosts: hostsSchema.optional() });

export type Settings = z.infer<typeof mergedSchema>;

const keys: Record<string, readonly string[]> = {
  '': Object.keys(projectSchema.shape),
  build: Object.keys(build.shape),
  domain: Object.keys(domain.shape),
  'files.*': Object.keys(file.shape),
  'volumes.*': Object.keys(volume.shape),
  'network.*': Object.keys(network.shape),
  'disks.*': Object.keys(disk.shape),
};

/** Keys that later versions of lwd will know: refused, but not as misspelt. */
const plannedKeys: Record<string, readonly string[]> = {
  '': ['ports', 'domains'],
  build: ['cargo'],
};

/** Keys that the mapping at `path` may have, and those that it will have one day. */
export function keysAt(path: readonly PropertyKey[]): { known: readonly string[]; planned: readonly string[] } {
  const inProfile = path[0] === 'profiles' && path.length >= 2;
  const place = (inProfile ? path.slice(2) : path)
    .map((part) => (typeof part === 'number' ? '*' : String(part)))
    .join('.');
  const known = keys[place] ?? [];
  const outer = place === '' && inProfile ? known.filter((key) => !['name', 'hosts', 'profiles'].includes(key)) : known;
  return { known: outer, planned: plannedKeys[place] ?? [] };
}

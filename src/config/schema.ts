/**
 * The shape of lwd.yaml. Every message here completes the sentence "… must be …": explain.ts puts the place, the key and
 * what was found in front of it. Key names are xl's where the key is one of xl's.
 */
import { z } from 'zod';
import { domainKeys, domainSettings, domainsSchema } from './domain-schema.js';
import { hostSchema, hostsSchema } from './hosts-schema.js';
import { buildProfiles } from './model.js';
import { name, strings, table, text, written } from './schema-words.js';

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
    .enum(buildProfiles, { error: 'debug, release or lto' })
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

const settings = {
  files: z
    .array(file, { error: 'a list of {source, target}' })
    .optional()
    .meta({ description: 'Packed into the read-only root' }),
  ...domainSettings,
  domains: domainsSchema.optional(),
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
  'files.*': Object.keys(file.shape),
  ...domainKeys,
};

/** Keys that later versions of lwd will know: refused, but not as misspelt. */
const plannedKeys: Record<string, readonly string[]> = {
  '': ['ports'],
  build: ['cargo'],
};

/** Keys that the mapping at `path` may have, and those that it will have one day. */
export function keysAt(path: readonly PropertyKey[]): { known: readonly string[]; planned: readonly string[] } {
  const inProfile = path[0] === 'profiles' && path.length >= 2;
  const own = inProfile ? path.slice(2) : path;
  // One of several domains says what the project can say for one.
  const inDomain = own[0] === 'domains' && own.length >= 2;
  const place = (inDomain && own.length > 2 ? own.slice(2) : inDomain ? ['domains', 0] : own)
    .map((part) => (typeof part === 'number' ? '*' : String(part)))
    .join('.');
  const known = keys[place] ?? [];
  const outer = place === '' && inProfile ? known.filter((key) => !['name', 'hosts', 'profiles'].includes(key)) : known;
  return { known: outer, planned: plannedKeys[place] ?? [] };
}

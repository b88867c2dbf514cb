/**
 * lwd.yaml → Project: found, parsed, checked, a profile laid over it, defaults filled in, patterns expanded. All that is
 * wrong is reported at once.
 */
import { join, relative, resolve } from 'node:path';
import { UserError } from '../errors.js';
import { readText } from '../sys/fs.js';
import { checkSettings } from './check.js';
import { ConfigurationError, explainIssue, keyText, type Problem, type SchemaIssue } from './explain.js';
import { buildProfiles, type Project } from './model.js';
import { configurationName, findProjectRoot } from './project-root.js';
import { mergedSchema, projectSchema, type Settings } from './schema.js';
import { YamlFile } from './yaml-file.js';

export interface LoadOptions {
  /** Where to look for lwd.yaml: here, or in the nearest folder above. Default: the current folder. */
  directory?: string | undefined;
  /** One of the file's `profiles`, or the name of a build profile. */
  profile?: string | undefined;
}

/** Reads the project that `directory` belongs to. Throws a UserError: no project, no such profile, or all that is wrong in it. */
export async function loadProject(options: LoadOptions = {}): Promise<Project> {
  const root = findProjectRoot(resolve(options.directory ?? '.'));
  const path = join(root, configurationName);
  const shown = relative(process.cwd(), path);
  const text = (await readText(path)) ?? '';
  return parseProject(text, root, shown.startsWith('../../') ? path : shown, options.profile);
}

/**
 * The Project that the text describes. `shown` is the file's name in messages. Looks at the sources and files that the text
 * names.
 */
export async function parseProject(text: string, root: string, shown: string, profile?: string): Promise<Project> {
  const file = new YamlFile(text, isText);
  if (file.problems.length > 0) {
    throw new ConfigurationError(
      shown,
      file.problems.map((problem) => ({ ...problem, key: '' })),
    );
  }
  const issues = (projectSchema.safeParse(file.value).error?.issues ?? []) as SchemaIssue[];
  const problems: Problem[] = issues.flatMap((issue) => explainIssue(issue, file));
  const overlay = chosenProfile(file, shown, profile);
  const merged = merge(withoutProfiles(file.value), overlay);
  // Positions of merged values: the profile's where it says something, else the file's own.
  const locate = (path: readonly PropertyKey[]) => {
    const inProfile = profile === undefined ? [] : ['profiles', profile, ...path];
    return file.valueAt(inProfile) === undefined || profile === undefined ? [...path] : inProfile;
  };
  // What the schema refused is not looked at again; the rest is, so that everything wrong shows at once.
  const isClean = (path: readonly PropertyKey[]) => {
    const place = locate(path);
    return issues.every((issue) => issue.code === 'unrecognized_keys' || !overlaps(issue.path, place));
  };
  const checked = await checkSettings(merged as Settings, root, {
    isClean,
    report: (path, message) => {
      const place = locate(path);
      problems.push({ ...file.position(place), key: keyText(place), message });
    },
  });
  if (problems.length > 0) throw new ConfigurationError(shown, problems);
  // The file and the profile are right each for itself; so is what they make together.
  mergedSchema.parse(merged);
  return checked;
}

/** Arguments, values of variables and flags mean what is written, also where YAML sees a number or a truth value. */
function isText(path: readonly PropertyKey[]): boolean {
  const inProfile = path[0] === 'profiles' ? path.slice(2) : path;
  const place = inProfile[0] === 'domains' ? inProfile.slice(2) : inProfile;
  return (
    ((place[0] === 'args' || place[0] === 'env') && place.length === 2) ||
    (place[0] === 'build' && place[1] === 'flags' && place.length === 3)
  );
}

function chosenProfile(file: YamlFile, shown: string, profile: string | undefined): unknown {
  if (profile === undefined) return {};
  const written = file.valueAt(['profiles']);
  const own = isTable(written) ? written : undefined;
  const found = own?.[profile];
  // What is no mapping has been refused already; nothing of it can be laid over the rest.
  if (found !== undefined || (written !== undefined && own === undefined)) return isTable(found) ? found : {};
  if ((buildProfiles as readonly string[]).includes(profile)) return { build: { profile } };
  const known = [...Object.keys(own ?? {}), ...buildProfiles];
  throw new UserError(`${shown} has no profile "${profile}"; known: ${[...new Set(known)].join(', ')}`);
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutProfiles(value: unknown): unknown {
  if (!isTable(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'profiles'));
}

/** Mappings are merged key by key; anything else of the overlay replaces what is there. */
function merge(base: unknown, overlay: unknown): unknown {
  if (overlay === undefined) return base;
  if (!isTable(base) || !isTable(overlay)) return overlay;
  const keys = new Set([...Object.keys(base), ...Object.keys(overlay)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(base[key], overlay[key])]));
}

function overlaps(a: readonly PropertyKey[], b: readonly PropertyKey[]): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((part, index) => part === b[index]);
}

/**
 * A bundle's config.json, as the OCI runtime specification has it: the part of it that means something for a domain, checked.
 * Properties that are not named here are the specification's to ignore. Pure.
 */
import { z } from 'zod';
import { UserError } from '../errors.js';

const noNul = (what: string) =>
  z.string({ error: what }).refine((value) => !value.includes('\0'), { error: `${what}, without NUL characters` });
const strings = (what: string) => z.array(noNul(what), { error: `a list: ${what}` });
const whole = 'a whole number';
/** Go writes "not set" in several ways. */
const orNull = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const mount = z.object({
  destination: noNul('a path in the container').min(1, { error: 'a path in the container' }),
  type: orNull(z.string({ error: 'text' })),
  source: orNull(noNul('a path')),
  options: orNull(strings('an option')),
});

const cpu = z.object({
  quota: orNull(z.int({ error: whole })),
  period: orNull(z.int({ error: whole }).min(0, { error: `${whole}, not negative` })),
  cpus: orNull(z.string({ error: 'a list of CPUs such as "0-3,6"' })),
});

const resources = z.object({
  // 2^63 - 1 and its like stand for "no limit", and are no whole numbers here.
  memory: orNull(z.object({ limit: orNull(z.number({ error: 'a number of bytes' })) }, { error: 'an object' })),
  cpu: orNull(cpu),
});

const hook = z.object({ path: z.string({ error: 'a path' }) }, { error: 'an object' });

const configSchema = z.object(
  {
    ociVersion: z
      .string({ error: 'the version of the specification: 1.0.2' })
      .regex(/^1\.\d{1,4}\.\d{1,4}(?:[-+][0-9A-Za-z.+-]{1,64})?$/, {
        error: 'version 1 of the specification, such as 1.0.2',
      }),
    process: orNull(
      z.object(
        {
          terminal: orNull(z.boolean({ error: 'true or false' })),
          cwd: orNull(noNul('an absolute path')),
          env: orNull(strings('NAME=VALUE')),
          args: orNull(strings('an argument')),
        },
        { error: 'an object' },
      ),
    ),
    root: orNull(
      z.object({ path: noNul('a folder').min(1, { error: 'a folder' }) }, { error: 'an object with a path' }),
    ),
    mounts: orNull(z.array(mount, { error: 'a list of mounts' })),
    hooks: orNull(z.record(z.string(), z.array(hook).nullish(), { error: 'an object' })),
    annotations: orNull(z.record(z.string(), noNul('text'), { error: 'an object' })),
    linux: orNull(z.object({ resources: orNull(resources) }, { error: 'an object' })),
  },
  { error: 'an object' },
);

export type OciConfig = z.infer<typeof configSchema>;
export type OciMount = z.infer<typeof mount>;

/** `shown` is the file's name in messages. Throws UserError with everything that is wrong. */
export function parseConfig(text: string, shown: string): OciConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${shown} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => {
    const found = at(value, path);
    const what = found === undefined ? 'is missing' : `is ${quoted(found)}`;
    return `${shown}: ${path.length === 0 ? 'the whole' : path.join('.')} ${what}, must be ${message}`;
  });
  throw new UserError(lines.join('\n'));
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let inner = value;
  for (const part of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, part)) return undefined;
    inner = (inner as Record<PropertyKey, unknown>)[part];
  }
  return inner;
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

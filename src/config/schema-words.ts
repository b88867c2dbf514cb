/** What the schemas of lwd.yaml are made of. Every message completes the sentence "… must be …", as in schema.ts. */
import { z } from 'zod';

export const text = (what: string, limit = 4096) =>
  z
    .string({ error: what })
    .max(limit, { error: `${what}, at most ${limit} characters` })
    .refine((value) => !value.includes('\0'), { error: `${what}, without NUL characters` });

export const name = z
  .string({ error: 'a name: a letter, then letters, digits and . _ - , at most 63' })
  .regex(/^[A-Za-z][A-Za-z0-9._-]{0,62}$/, { error: 'a name: a letter, then letters, digits and . _ - , at most 63' });

/** Text that may be written without quotes even where YAML sees a number: yaml-file.ts gives what was written. */
export const written = (what: string, limit?: number) => text(what, limit).meta({ anyScalar: true });

export const strings = (what: string, each: z.ZodType<string>) => z.array(each, { error: `a list of ${what}` });

export const mapping = 'a mapping (lines of "key: value")';

/** Strict: unknown keys are refused. Other messages are the fields' own. */
export function table<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, { error: (issue) => (issue.code === 'invalid_type' ? mapping : undefined) });
}

/** The schema of lwd.yaml as JSON Schema, for editors. */
import { z } from 'zod';
import { projectSchema } from './schema.js';

export function jsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(projectSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema: part }) => {
      if (!part.anyScalar) return;
      delete part.anyScalar;
      Object.assign(part, { type: ['string', 'number', 'boolean'] });
    },
  });
  return {
    $schema,
    title: 'lwd.yaml',
    description: 'A project of lwd: what is built, and the domain that it runs in',
    ...rest,
  };
}

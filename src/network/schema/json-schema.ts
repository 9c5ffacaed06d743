/** The network file's JSON Schema, from the one schema, for completion and documentation in editors. */
import { z } from 'zod';
import { hintOf } from './hints.ts';
import { networkSchema } from './network.ts';

export function networkJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(networkSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const { example } = hintOf(zodSchema);
      if (example !== undefined) jsonSchema.examples = [example];
    },
  });
  return { ...schema, title: 'Nearcast network file' };
}

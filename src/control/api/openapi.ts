/** The OpenAPI 3.1 document, made from the table of routes: it cannot say what the server does not do. */
import { z } from 'zod';
import type { Route } from './route.ts';
import { problemDetailsSchema } from './schemas.ts';

type Json = Record<string, unknown>;

export function openApiDocument(version: string, routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  for (const row of routes) {
    const path = paths[row.path] ?? {};
    path[row.method.toLowerCase()] = operationOf(row);
    paths[row.path] = path;
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Nearcast control', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      schemas: { Problem: jsonSchema(problemDetailsSchema, 'output') },
      securitySchemes: {
        admin: { type: 'http', scheme: 'bearer', description: 'Where control was started with an API token file.' },
        agent: { type: 'http', scheme: 'bearer', description: 'The token of one PoP’s agent.' },
      },
    },
  };
}

function operationOf(row: Route): Json {
  const responses: Json = {};
  for (const [status, { description, schema, mediaType }] of Object.entries(row.answers)) {
    const problem = Number(status) >= 400;
    const type = problem ? 'application/problem+json' : (mediaType ?? 'application/json');
    const content = problem
      ? problemReference
      : schema === undefined
        ? { type: 'string' }
        : jsonSchema(schema, 'output');
    responses[status] = { description, content: { [type]: { schema: content } } };
  }
  responses.default = {
    description: 'A problem.',
    content: { 'application/problem+json': { schema: problemReference } },
  };
  return {
    summary: row.summary,
    // Optional for administrators: on loopback there may be no token.
    security: row.access === 'open' ? [] : row.access === 'admin' ? [{ admin: [] }, {}] : [{ agent: [] }],
    parameters: [...parametersOf(row.params, 'path'), ...parametersOf(row.query, 'query')],
    ...(row.body === undefined
      ? {}
      : {
          requestBody: {
            required: !row.bodyOptional,
            content: { 'application/json': { schema: jsonSchema(row.body, 'input') } },
          },
        }),
    responses,
  };
}

const problemReference = { $ref: '#/components/schemas/Problem' };

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): readonly Json[] {
  if (schema === undefined) return [];
  const { properties, required } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: required?.includes(name) ?? false,
    schema: property,
  }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

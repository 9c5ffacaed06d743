/**
 * A route of the API as data: path, who may call it, the schemas of what goes in and out, and its handler.
 *
 * Why data: the server, the OpenAPI document and the table test of malformed requests are all made from the same rows,
 * so none can say what another does not.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Control } from '../control.ts';

/** open: anybody who reaches the port · admin: the administrator, where a token is set · agent: one PoP's agent. */
export type Access = 'open' | 'admin' | 'agent';

export interface RouteAnswer {
  readonly description: string;
  /** Of JSON; absent: another media type, or nothing. */
  readonly schema?: z.ZodType;
  readonly mediaType?: string;
}

export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** The PoP whose agent calls; empty on routes that are not an agent's. */
  readonly pop: string;
  /** Who calls, for the log of changes. */
  readonly actor: string;
  readonly request: FastifyRequest;
  /** For answers that are no JSON. */
  readonly reply: FastifyReply;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** With parameters in braces, as OpenAPI has them: `/api/v1/pops/{name}`. */
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly params: z.ZodType | undefined;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  /** An empty body stands for `{}`. */
  readonly bodyOptional: boolean;
  /** The answer stays open: no HEAD. */
  readonly stream: boolean;
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** Gets what the schemas let through. Returns the JSON answer, or `undefined` where it has answered by `reply`. */
  readonly handle: (control: Control, input: RouteInput<unknown, unknown, unknown>) => unknown;
}

/** A route whose handler's types follow from its schemas. */
export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(row: {
  readonly method: Route['method'];
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly bodyOptional?: boolean;
  readonly stream?: boolean;
  readonly answers: Route['answers'];
  readonly handle: (control: Control, input: RouteInput<z.output<P>, z.output<Q>, z.output<B>>) => unknown;
}): Route {
  return {
    ...row,
    params: row.params,
    query: row.query,
    body: row.body,
    bodyOptional: row.bodyOptional ?? false,
    stream: row.stream ?? false,
    // The server hands over what these very schemas gave back.
    handle: row.handle as Route['handle'],
  };
}

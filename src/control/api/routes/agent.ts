/** What agents call: the feed, their reports, and the contents of static sites. Contract: feed/records.ts, feed/report.ts. */
import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { answerPieceSchema } from '../../../feed/question.ts';
import { agentReportSchema } from '../../../feed/report.ts';
import { apiProblem } from '../api-problem.ts';
import { wholeNumber } from '../parse.ts';
import { type Route, route } from '../route.ts';
import { problemDetailsSchema } from '../schemas.ts';

const noToken = { description: 'No token of an agent.', schema: problemDetailsSchema };

export const agentRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/agent/feed',
    summary: 'What the agent’s PoP is to do, now and as it changes',
    access: 'agent',
    stream: true,
    query: z
      .strictObject({
        epoch: z.string().min(1).max(100).optional(),
        after: wholeNumber({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }).optional(),
      })
      .refine((query) => query.epoch !== undefined || (query.after ?? 0) === 0, 'after means nothing without epoch'),
    answers: {
      200: {
        description: 'A FeedBatch a line, for as long as the connection lives.',
        mediaType: 'application/x-ndjson',
      },
      401: noToken,
    },
    handle: (control, { query, pop, reply }) => {
      const position = query.epoch === undefined ? null : { epoch: query.epoch, after: query.after ?? 0 };
      reply.hijack();
      const response = reply.raw;
      response.writeHead(200, {
        'content-type': 'application/x-ndjson',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      let end = (): void => {};
      let closed = false;
      // Also before the feed is open: an agent may be gone by the first write.
      response.on('close', () => {
        closed = true;
        end();
      });
      response.on('error', () => {});
      end = control.openFeed(pop, position, {
        write: (text) => response.write(text),
        onDrain: (action) => response.once('drain', action),
        drop: (reason) => {
          reply.log.warn({ pop, reason }, 'an agent’s feed was cut off');
          response.destroy();
        },
      });
      if (closed || response.destroyed) end();
      return undefined;
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/agent/questions',
    summary: 'What somebody wants to know of the agent, as it is asked',
    access: 'agent',
    stream: true,
    answers: {
      200: {
        description: 'A question a line, an empty object as a sign of life, for as long as the connection lives.',
        mediaType: 'application/x-ndjson',
      },
      401: noToken,
    },
    handle: (control, { pop, reply }) => {
      reply.hijack();
      const response = reply.raw;
      response.writeHead(200, {
        'content-type': 'application/x-ndjson',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      response.on('error', () => {});
      // A question is short, and an agent that takes none is found out by its deadline.
      const end = control.questions.open(pop, { write: (text) => response.write(text) });
      response.on('close', end);
      if (response.destroyed) end();
      return undefined;
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/agent/answers/{id}',
    summary: 'A piece of an answer; the answer comes when the next piece can be taken',
    access: 'agent',
    params: z.strictObject({ id: z.uuid() }),
    body: answerPieceSchema,
    answers: {
      200: { description: 'Taken.', schema: z.object({ taken: z.literal(true) }) },
      401: noToken,
      404: { description: 'Nobody waits for it (any more).', schema: problemDetailsSchema },
    },
    handle: async (control, { params: { id }, body, pop }) => {
      if (await control.questions.take(pop, id, body)) return { taken: true };
      const fix = 'leave the rest of the answer';
      throw apiProblem(404, { code: 'control.unknown-question', what: 'nobody waits for this answer', fix });
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/agent/report',
    summary: 'Tell how the PoP is',
    access: 'agent',
    body: agentReportSchema,
    answers: { 200: { description: 'Taken.', schema: z.object({ sequence: z.int() }) }, 401: noToken },
    handle: (control, { body, pop }) => {
      if (body.pop !== pop) {
        throw apiProblem(403, {
          code: 'control.wrong-pop',
          what: `this token is of ${pop}; the report is of ${JSON.stringify(body.pop.slice(0, 80))}`,
          fix: 'start the agent with --pop and the token file of the same PoP',
        });
      }
      control.acceptReport(body);
      return { sequence: control.store.through() };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/agent/blobs/{sha256}',
    summary: 'A site’s manifest, or one of its files',
    access: 'agent',
    params: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex') }),
    answers: {
      200: { description: 'The bytes.', mediaType: 'application/octet-stream' },
      401: noToken,
      404: { description: 'There is no such blob (any more).', schema: problemDetailsSchema },
    },
    handle: async (control, { params: { sha256 }, reply }) => {
      const bytes = await control.blobs.bytesOf(sha256);
      if (bytes === undefined) {
        const fix = 'follow the feed: a newer version has taken its place';
        throw apiProblem(404, { code: 'control.unknown-blob', what: `there is no blob ${sha256}`, fix });
      }
      reply.header('content-length', bytes).header('cache-control', 'private, immutable, max-age=31536000');
      reply.type('application/octet-stream');
      return reply.send(createReadStream(control.blobs.path(sha256)));
    },
  }),
];

/**
 * Questions to a running agent, and its answers: what `nearcast show` and `nearcast explain` ask.
 *
 * How a question travels. On the machine itself: `POST /ask` with the question on the agent's own socket, and the answer is
 * newline-delimited JSON, an `AnswerLine` a line. Through control: agents connect outwards only, so each keeps
 * `GET /api/v1/agent/questions` open, where control writes an `AskedQuestion` a line, an empty object as a sign of life. The agent
 * answers in pieces, `POST /api/v1/agent/answers/{id}`, one after the other; control takes the next piece when whoever asked
 * has taken the last one, and answers 404 or 410 once nobody waits any more. So a full table goes through control without ever being
 * in its memory, and a reader that went away stops the agent's work.
 *
 * Why a stream of its own beside the feed: a snapshot of the feed is one line that may take its time, and an agent or control
 * of an earlier version must not stumble over a line that it does not know.
 */
import { z } from 'zod';
import { prefixText } from '../network/intent.ts';
import { explanationSchema, neighborSchema, routeSchema } from './tables.ts';

export const tableSchema = z.enum(['all', 'best', 'received', 'advertised']);
export const matchSchema = z.enum(['exact', 'longer', 'shorter']);

export const questionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('neighbors') }),
  z.strictObject({
    kind: z.literal('routes'),
    table: tableSchema,
    /** A session's name, a neighbour's address, or its ASN where only one session has it. */
    neighbor: z.string().min(1).max(200).optional(),
    family: z.union([z.literal(4), z.literal(6)]).optional(),
    prefix: prefixText.optional(),
    /** Of `prefix`. */
    match: matchSchema.optional(),
    /** Absent: all of them. */
    limit: z.int().min(1).optional(),
  }),
  z.strictObject({ kind: z.literal('explain'), prefix: prefixText }),
]);
export type Question = Readonly<z.infer<typeof questionSchema>>;
export type RoutesQuestion = Extract<Question, { kind: 'routes' }>;

export const askedQuestionSchema = z.object({ id: z.string().min(1), question: z.unknown() });

const problemSchema = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  what: z.string(),
  where: z.string().optional(),
  fix: z.string().optional(),
});

/** The last line is `end` or `problem`; an answer that stops without one was cut off. */
export const answerLineSchema = z.union([
  z.strictObject({ neighbor: neighborSchema }),
  z.strictObject({ route: routeSchema }),
  z.strictObject({ explanation: explanationSchema }),
  /** `more`: there are more routes than `limit`. */
  z.strictObject({ end: z.strictObject({ pop: z.string(), count: z.int(), more: z.boolean() }) }),
  z.strictObject({ problem: problemSchema }),
]);
export type AnswerLine = z.infer<typeof answerLineSchema>;

/** One piece of an answer on its way through control, which reads no line: whoever asked checks them. */
export const answerPieceSchema = z.strictObject({
  /** Counts from 0. */
  piece: z.int().min(0),
  /** Each an `AnswerLine` as JSON. None: a sign of life while the agent looks through its tables. */
  lines: z.array(z.string().regex(/^\{[^\n\r]*\}$/)),
  last: z.boolean(),
});
export type AnswerPiece = z.infer<typeof answerPieceSchema>;

/** How often control shows on a quiet stream of questions that it is there. */
export const questionHeartbeatMs = 5_000;

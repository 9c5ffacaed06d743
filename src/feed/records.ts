/**
 * The feed: the ordered change log that control hands to agents, as keyed documents.
 *
 * Why: each record says what a key (kind and name) now is, so applying one twice changes nothing, and a late-comer needs
 * only the newest record of each key. An agent resumes after the last sequence number it has on disk. A store that was
 * made anew has another `epoch`; the agent then starts over from 0 and replaces all it had.
 *
 * Wire: `GET /api/v1/agent/feed?epoch=…&after=…` with the agent's bearer token answers newline-delimited JSON that stays
 * open: a `FeedBatch` a line, an empty batch as a sign of life. The first batch after a start from 0 is a snapshot.
 */
import { z } from 'zod';
import { domainIntentSchema, popIntentSchema, serviceIntentSchema } from '../network/intent.ts';

const sequence = z.int().min(1);
const key = { sequence, name: z.string().min(1) };

/** `value: null` means that the key is gone. */
export const feedRecordSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...key, kind: z.literal('pop'), value: popIntentSchema.nullable() }),
  /** Named after the PoP. Present: the PoP is to be drained; gone: it is to announce. */
  z.strictObject({ ...key, kind: z.literal('drain'), value: z.strictObject({ reason: z.string() }).nullable() }),
  z.strictObject({ ...key, kind: z.literal('service'), value: serviceIntentSchema.nullable() }),
  z.strictObject({ ...key, kind: z.literal('domain'), value: domainIntentSchema.nullable() }),
]);
export type FeedRecord = z.infer<typeof feedRecordSchema>;
export type FeedKind = FeedRecord['kind'];

export const feedBatchSchema = z
  .strictObject({
    epoch: z.string().min(1),
    /** All keys that exist are in this batch: what it does not name is gone. */
    snapshot: z.boolean(),
    /** The sequence number to resume after once this batch is applied. */
    through: z.int().min(0),
    records: z.array(feedRecordSchema),
  })
  .refine((batch) => batch.records.every((record, i) => record.sequence > (batch.records[i - 1]?.sequence ?? 0)), {
    message: 'sequence numbers must rise',
    path: ['records'],
  })
  .refine((batch) => batch.records.every((record) => record.sequence <= batch.through), {
    message: 'a record lies behind `through`',
    path: ['through'],
  });
export type FeedBatch = z.infer<typeof feedBatchSchema>;

/** How often control shows on a quiet feed that it is there. */
export const feedHeartbeatMs = 2_000;

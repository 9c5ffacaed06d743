/** What an agent answers about its BGP: neighbours, routes, and why. The shapes are the announcer's views, checked on arrival. */
import { z } from 'zod';
import { prefixText } from '../network/intent.ts';

const json = z.record(z.string(), z.unknown()).readonly();
const originState = z.enum(['valid', 'invalid', 'not-found']);
const aspaState = z.enum(['valid', 'invalid', 'unknown']);
export const bfdStateSchema = z.enum(['up', 'down', 'unknown']);

export const sessionPhaseSchema = z.enum(['idle', 'connect', 'active', 'open-sent', 'open-confirm', 'established']);

export const neighborSchema = z.object({
  name: z.string(),
  peerAsn: z.int(),
  localAsn: z.int(),
  family: z.union([z.literal(4), z.literal(6)]),
  neighborAddress: z.string(),
  neighborPort: z.int(),
  sourceAddress: z.string(),
  phase: sessionPhaseSchema,
  establishedForSeconds: z.int().optional(),
  establishedCount: z.int(),
  lastDown: z
    .object({ what: z.string(), communication: z.string().optional(), agoSeconds: z.int().optional() })
    .readonly()
    .optional(),
  holdTimeSeconds: z.int(),
  keepaliveSeconds: z.number().optional(),
  routerId: z.string().optional(),
  multihop: z.int().optional(),
  password: z.boolean(),
  offered: z.array(json).readonly(),
  peerCapabilities: z.array(json).readonly().optional(),
  accepts: z.enum(['nothing', 'all', 'all-but-invalid', 'invalid-last']),
  routes: z
    .object({ received: z.int(), accepted: z.int(), announced: z.int(), withheld: z.int(), stale: z.int() })
    .readonly(),
  messages: z
    .object({ received: z.record(z.string(), z.int()).readonly(), sent: z.record(z.string(), z.int()).readonly() })
    .readonly(),
  malformedUpdates: z.int(),
  lastMalformed: z.string().optional(),
  bfd: z
    .object({ state: bfdStateSchema, strict: z.boolean(), intervalMs: z.int(), multiplier: z.int() })
    .readonly()
    .optional(),
  problem: z.string().optional(),
});
export type Neighbor = Readonly<z.infer<typeof neighborSchema>>;

export const routeSchema = z.object({
  prefix: prefixText,
  pathId: z.int().optional(),
  /** The session that it came by, or went by where it is `advertised`; `local`: our own. */
  neighbor: z.string(),
  peerAsn: z.int().optional(),
  nextHop: z.string().optional(),
  /** As `nearcast bgp decode` shows them. */
  attributes: json,
  state: z.enum(['best', 'usable', 'refused', 'advertised']),
  why: z.string().optional(),
  origin: originState.optional(),
  path: aspaState.optional(),
});
export type ShownRoute = Readonly<z.infer<typeof routeSchema>>;

const verdict = z.enum(['accept', 'reject']);
const policySchema = z
  .object({
    verdict,
    term: z.string().nullable(),
    steps: z
      .array(
        z
          .object({
            term: z.string(),
            matched: z.boolean(),
            verdict: verdict.optional(),
            failed: z.object({ condition: z.string(), wanted: z.unknown(), found: z.string() }).readonly().optional(),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();
export type ShownPolicy = z.infer<typeof policySchema>;

const pathSchema = routeSchema
  .extend({
    routerId: z.string().optional(),
    neighborAddress: z.string().optional(),
    originReason: z.string().optional(),
    pathReason: z.string().optional(),
    policy: policySchema.optional(),
  })
  .readonly();
export type ShownPath = z.infer<typeof pathSchema>;

const toldSchema = z
  .object({
    neighbor: z.string(),
    peerAsn: z.int(),
    neighborAddress: z.string(),
    told: z.boolean(),
    nextHop: z.string().optional(),
    attributes: json.optional(),
    why: z.string().optional(),
    policy: policySchema.optional(),
  })
  .readonly();
export type ShownTold = z.infer<typeof toldSchema>;

export const explanationSchema = z.object({
  prefix: prefixText,
  paths: z.array(pathSchema).readonly(),
  told: z.array(toldSchema).readonly(),
  /** Of a prefix that this PoP is there to announce. */
  own: z
    .object({ mode: z.enum(['announce', 'depreference', 'withdraw']), phase: z.string(), reason: z.string() })
    .readonly()
    .optional(),
  /** Prefixes of the tables that hold the one that was asked for, shortest first. */
  covering: z.array(prefixText).readonly(),
});
export type Explanation = Readonly<z.infer<typeof explanationSchema>>;

/**
 * What an agent tells control, whole, at each change and as a sign of life: `POST /api/v1/agent/report`.
 *
 * Why whole: a lost report is mended by the next one. Control keeps the newest of each PoP in memory only.
 */
import { z } from 'zod';
import { prefixText } from '../network/intent.ts';
import { bfdStateSchema, sessionPhaseSchema } from './tables.ts';

/**
 * starting: nothing announced yet · announcing · draining: depreferenced or withdrawn, traffic still leaving ·
 * drained: as asked, nothing announced · withdrawn: health or a death took the routes back · down: the agent is gone
 */
export const popPhaseSchema = z.enum(['starting', 'announcing', 'draining', 'drained', 'withdrawn', 'down']);
export type PopPhase = z.infer<typeof popPhaseSchema>;

export const sessionReportSchema = z.strictObject({
  name: z.string(),
  peerAsn: z.int(),
  neighborAddress: z.string(),
  phase: sessionPhaseSchema,
  announced: z.array(prefixText),
  lastDown: z.string().optional(),
  /** Absent: no BFD is wanted beside it. */
  bfd: bfdStateSchema.optional(),
});

/** What validates received routes (RPKI). Ages in seconds, by the agent's clock. */
export const validationReportSchema = z.strictObject({
  aspa: z.boolean(),
  /** waiting: no data yet, or it has expired · current · stale: the cache that gave the data is away. */
  state: z.enum(['waiting', 'current', 'stale']),
  vrps: z.int(),
  aspas: z.int(),
  /** In order of preference. */
  caches: z.array(
    z.strictObject({
      cache: z.string(),
      phase: z.enum(['stopped', 'connecting', 'querying', 'loading', 'ready', 'waiting']),
      inUse: z.boolean(),
      inSync: z.boolean(),
      version: z.int().optional(),
      serial: z.int().optional(),
      vrps: z.int(),
      aspas: z.int(),
      updatedAgoSeconds: z.int().optional(),
      failure: z.string().optional(),
    }),
  ),
});
export type ValidationReport = z.infer<typeof validationReportSchema>;

/** A monitoring station that is told of the PoP's sessions and tables (BMP). */
export const stationReportSchema = z.strictObject({
  /** `10.0.0.1:11019`. */
  station: z.string(),
  connected: z.boolean(),
  /** Connections that were made. */
  connections: z.int(),
  /** Changes of routes that wait for it. */
  waiting: z.int(),
  /** Why there is no connection. */
  failure: z.string().optional(),
});
export type StationReport = z.infer<typeof stationReportSchema>;

export const agentReportSchema = z.strictObject({
  pop: z.string(),
  phase: popPhaseSchema,
  /** Why it is in that phase, for people: `edge: no answer within 400 ms (3 in a row)`. */
  reason: z.string(),
  /** What at least one established session announces. */
  announced: z.array(prefixText),
  sessions: z.array(sessionReportSchema),
  /** Absent: nobody validates. */
  validation: validationReportSchema.optional(),
  /** Absent: no station is to be told. */
  stations: z.array(stationReportSchema).optional(),
  agentPid: z.int(),
  edgePid: z.int().nullable(),
  edgeRestarts: z.int(),
  /** The feed position that the agent has applied. */
  epoch: z.string().nullable(),
  through: z.int(),
  /** Problems that wait for an operator: a refused batch, a secret not found, a site that could not be fetched. */
  problems: z.array(z.strictObject({ code: z.string(), what: z.string(), fix: z.string().optional() })),
});
export type AgentReport = z.infer<typeof agentReportSchema>;
export type SessionReport = z.infer<typeof sessionReportSchema>;

/** A report is sent this often even when nothing changes. */
export const reportIntervalMs = 2_000;

/**
 * What the agent tells its edge, in a file that the edge reads at start and at each reload.
 *
 * Why a file: it is the last good state. An edge that restarts with the agent, control and the network gone serves the
 * same as before. Agent and edge speak over the edge's admin socket (HTTP on a Unix socket, mode 0600):
 *
 *   GET  /status    → EdgeStatus
 *   POST /reload    → EdgeStatus, or 400 with problems: the file does not validate and the last good state stays
 *   GET  /lifeline  → headers, then silence: the connection closes only with the process, so its end is the edge's death
 *   GET  /metrics   → Prometheus text
 *   POST /stop      → 202; finishes requests for up to `?graceMs=`, closes the listeners, exits
 */
import { z } from 'zod';
import { originServerIntentSchema } from '../network/intent.ts';

export const edgeConfigSchema = z.strictObject({
  pop: z.string().min(1),
  listen: z.array(z.strictObject({ host: z.string(), port: z.int().min(0).max(65535) })).min(1),
  /** Answered to the host `edgeHealthHost` alone: on a customer's domain the same path is the customer's. */
  healthPath: z.string().startsWith('/'),
  services: z.record(
    z.string(),
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('static'), directory: z.string() }),
      /** Nearest to this PoP first. */
      z.strictObject({
        kind: z.literal('web'),
        originServers: z.array(originServerIntentSchema.pick({ url: true, region: true, healthPath: true })).min(1),
      }),
    ]),
  ),
  /** Domain in ASCII, lower case, first label may be `*` → service name. */
  domains: z.record(z.string(), z.string()),
  /** Answers carry `Connection: close`, so that keep-alive clients move. */
  draining: z.boolean(),
});
export type EdgeConfig = z.infer<typeof edgeConfigSchema>;

/** RFC 6761 §6.4: `.invalid` can be no customer's domain. */
export const edgeHealthHost = 'edge.nearcast.invalid';

export const edgeStatusSchema = z.strictObject({
  pid: z.int(),
  pop: z.string(),
  /** SHA-256 of the configuration in force, over the file's bytes. */
  configSha256: z.string(),
  listening: z.array(z.strictObject({ host: z.string(), port: z.int() })),
  draining: z.boolean(),
  openConnections: z.int(),
  /** Connections that carried at least one customer's request, since the start; those of health checks alone don't count. */
  connectionsTotal: z.int(),
  /** Customers' requests that are being answered, and those since the start; health checks don't count. */
  activeRequests: z.int(),
  requestsTotal: z.int(),
});
export type EdgeStatus = z.infer<typeof edgeStatusSchema>;

/** What the network file's `rpki` and `receive` mean for one PoP: ports, TLS and choices as plain values. */
import { z } from 'zod';
import type { CacheDocument, ReceiveDocument, RpkiDocument } from './schema/rpki.ts';

export const cacheIntentSchema = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65535),
  /** Absent: plain TCP. Paths are of files on the PoP's machine. */
  tls: z
    .strictObject({
      serverName: z.string().optional(),
      caFile: z.string().optional(),
      certificateFile: z.string().optional(),
      privateKeyFile: z.string().optional(),
    })
    .optional(),
});
export type CacheIntent = z.infer<typeof cacheIntentSchema>;

export const rpkiIntentSchema = z.strictObject({
  /** In order of preference. */
  caches: z.array(cacheIntentSchema).min(1),
  aspa: z.boolean(),
});
export type RpkiIntent = z.infer<typeof rpkiIntentSchema>;

/** Of a session whose routes are accepted. */
export const receiveIntentSchema = z.strictObject({ rpkiInvalid: z.enum(['reject', 'depreference', 'accept']) });
export type ReceiveIntent = z.infer<typeof receiveIntentSchema>;

export function compileRpki({ caches, aspa }: RpkiDocument): RpkiIntent {
  return { caches: caches.map(compileCache), aspa };
}

function compileCache(cache: CacheDocument): CacheIntent {
  const { host, tls = false } = cache;
  const port = cachePort(cache);
  if (tls === false) return { host, port };
  const { serverName, ca, certificate, privateKey } = tls === true ? {} : tls;
  return {
    host,
    port,
    tls: {
      ...(serverName === undefined ? {} : { serverName }),
      ...(ca === undefined ? {} : { caFile: ca }),
      ...(certificate === undefined ? {} : { certificateFile: certificate }),
      ...(privateKey === undefined ? {} : { privateKeyFile: privateKey }),
    },
  };
}

/** IANA: rpki-rtr and rpki-rtr-tls (RFC 8210 §13). */
export function cachePort({ port, tls = false }: CacheDocument): number {
  return port ?? (tls === false ? 323 : 324);
}

/** `undefined`: nothing that the neighbour sends is accepted (RFC 8212). */
export function compileReceive(
  receive: ReceiveDocument | undefined,
  rpki: RpkiDocument | undefined,
): ReceiveIntent | undefined {
  if (receive?.accept !== 'all') return undefined;
  return { rpkiInvalid: receive.rpkiInvalid ?? rpki?.invalid ?? 'reject' };
}

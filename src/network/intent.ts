/**
 * Intent: what the network file means for one PoP, service or domain, compiled to plain values.
 *
 * Why: control compiles the file once; agents get only what they must do, checked again by these schemas on arrival.
 * Nothing here names a file, an option's default or a provider any more.
 */
import { z } from 'zod';
import { parseAddress } from '../ip/address.ts';
import { maximumAsn } from '../ip/asn.ts';
import { parsePrefix } from '../ip/prefix.ts';
import { bmpIntentSchema } from './bmp-intent.ts';
import { receiveIntentSchema, rpkiIntentSchema } from './rpki-intent.ts';
import { secretReferenceSchema } from './secret-reference.ts';

export const addressText = z.string().refine((text) => parseAddress(text) !== undefined, 'not an IP address');
export const prefixText = z.string().refine((text) => typeof parsePrefix(text) === 'object', 'not an IP prefix');
export const asnNumber = z.int().min(1).max(maximumAsn);

export const coordinatesSchema = z.strictObject({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
});
export type Coordinates = z.infer<typeof coordinatesSchema>;

export const announcementIntentSchema = z.strictObject({
  prefix: prefixText,
  /** Copies of our ASN beyond the first. */
  prepend: z.int().min(0).max(16),
  /** `65535:0` and `20473:6000:174` in text. */
  communities: z.array(z.string()),
  largeCommunities: z.array(z.string()),
});
export type AnnouncementIntent = z.infer<typeof announcementIntentSchema>;

/** BFD beside a BGP session (RFC 5882). */
export const bfdIntentSchema = z.strictObject({
  intervalMs: z.int().min(10),
  multiplier: z.int().min(1).max(255),
  /** The BGP session waits for BFD to be up. */
  strict: z.boolean(),
  minimumTtl: z.int().min(1).max(255).optional(),
});
export type BfdIntent = z.infer<typeof bfdIntentSchema>;

/** One BGP session, of one address family: that of its neighbour's address. */
export const sessionIntentSchema = z.strictObject({
  /** `fra/0/ipv4`: PoP, index in the file, family. Unique in the network. */
  name: z.string().min(1),
  family: z.union([z.literal(4), z.literal(6)]),
  peerAsn: asnNumber,
  neighborAddress: addressText,
  neighborPort: z.int().min(1).max(65535),
  /** Our end; also the next hop of what we announce. */
  sourceAddress: addressText,
  /** The most hops to the neighbour (`multihop 2`); absent: directly connected. */
  multihop: z.int().min(2).max(255).optional(),
  password: secretReferenceSchema.optional(),
  holdTimeSeconds: z.int().min(0).max(65535),
  bfd: bfdIntentSchema.optional(),
  /** Absent: nothing that the neighbour sends is accepted (RFC 8212). */
  receive: receiveIntentSchema.optional(),
  announcements: z.array(announcementIntentSchema),
});
export type SessionIntent = z.infer<typeof sessionIntentSchema>;

export const healthIntentSchema = z.strictObject({
  /** The path asked of the edge, `/healthz`. */
  http: z.string().startsWith('/'),
  intervalMs: z.int().min(10),
  timeoutMs: z.int().min(10),
  /** So many good checks in a row make it healthy, so many bad ones unhealthy. */
  rise: z.int().min(1),
  fall: z.int().min(1),
});
export type HealthIntent = z.infer<typeof healthIntentSchema>;

export const popIntentSchema = z.strictObject({
  pop: z.string().min(1),
  asn: asnNumber,
  routerId: addressText,
  location: coordinatesSchema.extend({ name: z.string() }),
  /** The anycast addresses that the edge listens on, with the prefix that each needs announced. */
  addresses: z.array(z.strictObject({ address: addressText, prefix: prefixText })),
  httpPort: z.int().min(1).max(65535),
  sessions: z.array(sessionIntentSchema),
  /** Absent: nobody validates. */
  rpki: rpkiIntentSchema.optional(),
  /** Absent: no station is told of this PoP's sessions and tables. */
  bmp: bmpIntentSchema.optional(),
  health: healthIntentSchema,
  drain: z.strictObject({
    /** How long announcements stay depreferenced at most before they are withdrawn. */
    depreferenceMs: z.int().min(0),
    /** How long to wait at most, after the withdrawal, until the edge is quiet. */
    quietMs: z.int().min(0),
  }),
});
export type PopIntent = z.infer<typeof popIntentSchema>;

export const originServerIntentSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  region: z.string(),
  location: coordinatesSchema,
  /** A path to ask for, to find out whether the origin server is well; absent: only its answers to requests tell. */
  healthPath: z.string().startsWith('/').optional(),
});

export const serviceIntentSchema = z.discriminatedUnion('kind', [
  /** `manifest` is the SHA-256 of the site's manifest, under which control serves it to PoPs. */
  z.strictObject({ kind: z.literal('static'), manifest: z.string().regex(/^[0-9a-f]{64}$/) }),
  z.strictObject({ kind: z.literal('web'), originServers: z.array(originServerIntentSchema).min(1) }),
]);
export type ServiceIntent = z.infer<typeof serviceIntentSchema>;

/** The files of one static site, by content: what a PoP needs to make its own copy. */
export const siteManifestSchema = z.strictObject({
  files: z.array(
    z.strictObject({
      /** Relative, `/` between parts, no part `..` or empty. */
      path: z
        .string()
        .min(1)
        .refine((path) => path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'), 'unsafe path'),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      bytes: z.int().min(0),
    }),
  ),
});
export type SiteManifest = z.infer<typeof siteManifestSchema>;

/** A domain in ASCII (after IDNA), lower case, without a trailing dot; the first label may be `*`. */
export const domainIntentSchema = z.strictObject({ service: z.string().min(1) });
export type DomainIntent = z.infer<typeof domainIntentSchema>;

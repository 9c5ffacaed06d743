/** Sessions and PoPs as the network file writes them: whom a PoP speaks BGP with, and what the other side should do. */
import { z } from 'zod';
import { secretReferenceSchema } from '../secret-reference.ts';
import { receiveSchema } from './rpki.ts';
import { addressField, asnField, asnKey, communityField, degreesField, field } from './scalars.ts';

export const announceSchema = field(
  z.strictObject({
    prepend: field(z.int().min(0).max(16), 'Copies of your ASN beyond the first; more make this way less attractive.', {
      example: 1,
      code: 'network.prepend-range',
      fix: 'longer paths are filtered; beyond 3 to 5 copies nothing changes any more',
    }).default(0),
    communities: field(
      z.array(communityField).max(64),
      'BGP communities sent as they are; the intents below are safer where the provider has them.',
      { expects: 'a list of communities', example: ['65535:0'] },
    ).default([]),
    avoid: field(
      z.array(asnField('A network that the provider shall not pass the route to.')),
      'Networks that the provider shall not pass the route to.',
      {
        expects: 'a list of AS numbers',
        example: [174],
      },
    ).default([]),
    onlyTo: field(
      z.array(asnField('A network that the provider shall pass the route to.')),
      'The only networks that the provider shall pass the route to.',
      {
        expects: 'a list of AS numbers',
        example: [1299],
      },
    ).default([]),
    prependTo: field(
      z.record(asnKey, field(z.int().min(1).max(3), 'Copies that the provider adds.', { example: 2 })),
      'Networks towards which the provider prepends its own ASN, with the number of copies (1 to 3).',
      { expects: 'a map from AS numbers to copies', example: { 1299: 2 } },
    ).default({}),
    resetMedTo: field(
      z.array(asnField('A network that shall hear MED 0.')),
      'Networks towards which the provider sets MED to 0.',
      {
        expects: 'a list of AS numbers',
        example: [1299],
      },
    ).default([]),
    exchanges: field(
      z.enum(['all', 'none', 'route-servers-only']),
      'What the provider does at Internet exchanges: announce to all there, to nobody, or to route servers only.',
      { example: 'none' },
    ).default('all'),
    noExport: field(z.boolean(), "Keeps the route inside the provider's network and its customers.", {
      example: true,
    }).default(false),
  }),
  'What this session announces, and what the other side shall do with it.',
  { expects: 'a map', example: { prepend: 1 } },
);
export type AnnounceOptions = z.output<typeof announceSchema>;

export const bfdSchema = field(
  z.strictObject({
    intervalMs: field(z.int().min(10).max(60_000), 'How often each side sends; the slower wish of the two counts.', {
      unit: 'ms',
      example: 300,
      code: 'network.bfd-interval-range',
      fix: 'use 300 between virtual machines, 50 on hardware; 10 is the least',
      source: 'RFC 5880 §6.8.7',
    }).default(300),
    multiplier: field(z.int().min(1).max(255), 'So many packets lost in a row end the session.', {
      example: 3,
      code: 'network.bfd-multiplier-range',
      fix: 'use 3',
      source: 'RFC 5880 §6.8.4',
    }).default(3),
    strict: field(
      z.boolean(),
      'Wait for BFD before starting the BGP session; without it a neighbor that has no BFD yet is no hindrance.',
      { example: true },
    ).default(false),
    minimumTtl: field(
      z.int().min(1).max(255),
      'Drop BFD packets that come in with less, on a session of several hops; on one link only 255 is heard anyway.',
      { example: 254, code: 'network.bfd-ttl-range', fix: 'use 256 less the hops where the neighbor sends with 255' },
    ).optional(),
  }),
  'Bidirectional Forwarding Detection: notice within milliseconds that the neighbor cannot be reached (RFC 5880).',
  { expects: 'a map', example: { intervalMs: 300, multiplier: 3 } },
);
export type BfdDocument = z.output<typeof bfdSchema>;

export const sessionSchema = field(
  z.strictObject({
    provider: field(
      z.string(),
      'A provider of the catalogue; brings its ASN, neighbor addresses, hops and communities. Or give peerAsn and neighborAddress.',
      { example: 'vultr' },
    ).optional(),
    peerAsn: asnField("The neighbor's AS number.").optional(),
    neighborAddress: addressField(4, "The neighbor's IPv4 address.", '198.51.100.1').optional(),
    neighborAddress6: addressField(6, "The neighbor's IPv6 address.", '2001:db8:f::1').optional(),
    neighborPort: field(z.int().min(1).max(65535), "The neighbor's TCP port.", { example: 179 }).default(179),
    sourceAddress: addressField(
      4,
      "This PoP's own IPv4 address; with it the session for IPv4 prefixes.",
      '198.51.100.2',
    ).optional(),
    sourceAddress6: addressField(
      6,
      "This PoP's own IPv6 address; with it the session for IPv6 prefixes.",
      '2001:db8:f::2',
    ).optional(),
    password: field(
      secretReferenceSchema,
      'Where the agent finds the TCP MD5 password (RFC 2385): in its environment or a file.',
      {
        expects: '{ env: NAME } or { file: PATH }',
        example: { env: 'BGP_PASSWORD' },
        code: 'network.password-literal',
        fix: 'put the password into an environment variable of the agent and write password: { env: BGP_PASSWORD }',
        secret: true,
      },
    ).optional(),
    holdTimeSeconds: field(
      z.int().min(0).max(65535),
      'After so long without a word from the neighbor the session is down; keepalives go at a third of it.',
      {
        unit: 's',
        example: 9,
        code: 'network.hold-time-range',
        fix: 'use 9 to 30 for anycast',
        source: 'RFC 4271 §4.2',
      },
    ).default(9),
    multihop: field(z.int().min(2).max(255), 'The most hops to a neighbor that is not on the same link.', {
      example: 2,
      code: 'network.multihop-range',
      fix: 'leave it out where the neighbor is on the same link',
      source: 'RFC 4271 §5.1.3',
    }).optional(),
    bfd: bfdSchema.optional(),
    announce: announceSchema.prefault({}),
    receive: receiveSchema.optional(),
  }),
  'A BGP session with a provider or another neighbor; one for each address family that has a source address.',
  { expects: 'a map that describes a session', example: { provider: 'vultr', sourceAddress: '203.0.113.123' } },
);
export type SessionDocument = z.output<typeof sessionSchema>;

export const locationSchema = field(
  z.union([
    z.string(),
    z.strictObject({
      name: field(z.string().min(1), 'What to call the place.', { example: 'Reykjavík, IS' }),
      latitude: degreesField(90, 'Degrees north of the equator.', 64.15),
      longitude: degreesField(180, 'Degrees east of Greenwich.', -21.94),
    }),
  ]),
  'Where it stands: a city (Frankfurt, DE), an airport code (FRA), or { name, latitude, longitude }.',
  { expects: 'a city such as Frankfurt, DE, or { name, latitude, longitude }', example: 'Frankfurt, DE' },
);
export type LocationDocument = z.output<typeof locationSchema>;

export const popSchema = field(
  z.strictObject({
    location: locationSchema,
    routerId: addressField(
      4,
      'The BGP identifier; by default the first IPv4 source address.',
      '198.51.100.2',
    ).optional(),
    sessions: field(z.array(sessionSchema).max(256), 'The BGP sessions of this PoP.', {
      expects: 'a list of sessions',
      example: [{ provider: 'vultr', sourceAddress: '203.0.113.123' }],
    }).default([]),
  }),
  'A point of presence: a machine that announces the anycast prefixes and serves their users.',
  { expects: 'a map with location and sessions' },
);
export type PopDocument = z.output<typeof popSchema>;

/**
 * What `nearcast bgp speak` is told: itself, its peers and what it announces; the same words in a file and in flags.
 *
 * Why another schema than the network file's: that one describes an anycast network and guards it by rules of its own; this
 * one is for peering by hand with one router, where everything that BGP allows must be possible.
 */
import { z } from 'zod';
import { parseLargeCommunity } from '../../bgp/message/community.ts';
import { parsed } from '../../network/schema/hints.ts';
import { addressField, asnField, communityField, field, prefixField } from '../../network/schema/scalars.ts';

const largeCommunityField = field(
  parsed<string>(z.string(), (value) =>
    parseLargeCommunity(String(value)) === undefined
      ? { code: 'network.community-syntax', what: `"${value}" is no large community`, fix: 'write it like 64500:1:2' }
      : String(value),
  ),
  'A large community (RFC 8092).',
  { expects: 'a large community', example: '64500:1:2' },
);

const port = (description: string) => field(z.int().min(1).max(65535), description, { example: 179 });

export const peerSchema = field(
  z.strictObject({
    address: addressField('either', "The peer's address.", '198.51.100.1'),
    asn: asnField("The peer's AS number."),
    name: field(z.string().min(1).max(64), 'What to call it; its address where absent.', {
      example: 'upstream',
    }).optional(),
    connect: field(
      z.enum(['active', 'passive', 'both']),
      'Whether we connect, the peer connects, or whoever comes first. To be connected to takes a right to the port.',
      { example: 'passive' },
    ).default('active'),
    port: port("The peer's TCP port.").default(179),
    listenPort: port('The port that the peer connects to.').default(179),
    localAddress: addressField('either', 'The address that we connect from and listen on.', '198.51.100.2').optional(),
    passwordEnv: field(z.string().min(1), 'The environment variable with the TCP MD5 key (RFC 2385).', {
      example: 'BGP_PASSWORD',
    }).optional(),
    multihop: field(z.int().min(2).max(255), 'The most hops to a peer that is not on the same link.', {
      example: 2,
    }).optional(),
    ttlSecurityHops: field(
      z.int().min(1).max(254),
      'Packets from farther away are dropped (RFC 5082); 1 is the same link. The peer must use it, too.',
      { example: 1 },
    ).optional(),
    holdTimeSeconds: field(
      z
        .int()
        .min(0)
        .max(65535)
        .refine((seconds) => seconds === 0 || seconds > 2), // RFC 4271 §4.2
      'After so long without a word from the peer the session is down; 0 for never.',
      { expects: '0, or 3 and more', unit: 's', example: 9 },
    ).default(90),
    connectRetrySeconds: field(z.number().min(0.1).max(3600), 'How long to wait between attempts, at first.', {
      unit: 's',
      example: 5,
    }).default(5),
    families: field(
      z.array(z.enum(['ipv4-unicast', 'ipv6-unicast'])).min(1),
      'The address families to carry; both where absent.',
      { expects: 'a list of families', example: ['ipv4-unicast'] },
    ).default(['ipv4-unicast', 'ipv6-unicast']),
    nextHop: addressField(
      4,
      'Our next hop for IPv4 routes; the local address where absent.',
      '198.51.100.2',
    ).optional(),
    nextHop6: addressField(6, 'Our next hop for IPv6 routes.', '2001:db8::2').optional(),
  }),
  'A router to peer with.',
  { expects: 'a map that describes a peer', example: { address: '198.51.100.1', asn: 64501 } },
);

export const announceSchema = field(
  z.strictObject({
    prefix: prefixField,
    origin: field(z.enum(['igp', 'egp', 'incomplete']), 'The ORIGIN attribute.', { example: 'igp' }).default('igp'),
    med: field(z.int().min(0).max(0xffff_ffff), 'MULTI_EXIT_DISC.', { example: 10 }).optional(),
    prepend: field(z.int().min(0).max(64), 'Copies of our ASN beyond the first.', { example: 2 }).default(0),
    communities: field(z.array(communityField), 'Standard communities.', {
      expects: 'a list of communities',
      example: ['64500:1'],
    }).default([]),
    largeCommunities: field(z.array(largeCommunityField), 'Large communities.', {
      expects: 'a list of large communities',
      example: ['64500:1:2'],
    }).default([]),
  }),
  'A route to announce.',
  { expects: 'a map that describes a route', example: { prefix: '192.0.2.0/24' } },
);

export const speakSchema = z.strictObject({
  asn: asnField('Our AS number.'),
  routerId: addressField(4, 'Our BGP identifier.', '198.51.100.2'),
  peers: field(z.array(peerSchema).min(1), 'The routers to peer with.', {
    expects: 'a list of peers',
    example: [{ address: '198.51.100.1', asn: 64501 }],
  }),
  announce: field(z.array(announceSchema), 'What to announce from the start.', {
    expects: 'a list of routes',
    example: [{ prefix: '192.0.2.0/24' }],
  }).default([]),
});

export type SpeakConfig = z.output<typeof speakSchema>;
export type PeerEntry = SpeakConfig['peers'][number];
export type AnnounceEntry = SpeakConfig['announce'][number];

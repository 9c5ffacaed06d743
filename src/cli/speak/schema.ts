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
import { checkWords, peerWords, rangeWords } from './peer-schema.ts';

const largeCommunityField = field(
  parsed<string>(z.string(), (value) =>
    parseLargeCommunity(String(value)) === undefined
      ? { code: 'network.community-syntax', what: `"${value}" is no large community`, fix: 'write it like 64500:1:2' }
      : String(value),
  ),
  'A large community (RFC 8092).',
  { expects: 'a large community', example: '64500:1:2' },
);

export const peerSchema = field(z.strictObject(peerWords).superRefine(checkWords), 'A router to peer with.', {
  expects: 'a map that describes a peer',
  example: { address: '198.51.100.1', asn: 64501 },
});

export const rangeSchema = field(
  z.strictObject({ addresses: prefixField, ...rangeWords }).superRefine(checkWords),
  'Addresses of which each may connect and become a peer.',
  { expects: 'a map that describes a range', example: { addresses: '198.51.100.0/24', asn: 64501 } },
);

export const announceSchema = field(
  z.strictObject({
    prefix: field(prefixField, 'What to announce, of any length.', {
      expects: 'an IP prefix',
      example: '192.0.2.0/24',
    }),
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
  clusterId: addressField(4, 'Our cluster as route reflector; the router ID where absent.', '198.51.100.2').optional(),
  passOn: field(z.boolean(), 'Tell each peer what the others say, where no exportPolicy says otherwise.', {
    example: true,
  }).default(false),
  peers: field(z.array(peerSchema), 'The routers to peer with.', {
    expects: 'a list of peers',
    example: [{ address: '198.51.100.1', asn: 64501 }],
  }).default([]),
  ranges: field(z.array(rangeSchema), 'Addresses of which each may connect and become a peer.', {
    expects: 'a list of ranges',
    example: [{ addresses: '198.51.100.0/24', asn: 64501 }],
  }).default([]),
  announce: field(z.array(announceSchema), 'What to announce from the start.', {
    expects: 'a list of routes',
    example: [{ prefix: '192.0.2.0/24' }],
  }).default([]),
});

export type SpeakConfig = z.output<typeof speakSchema>;
export type PeerEntry = SpeakConfig['peers'][number];
export type RangeEntry = SpeakConfig['ranges'][number];
export type AnnounceEntry = SpeakConfig['announce'][number];

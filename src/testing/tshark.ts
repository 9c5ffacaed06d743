/**
 * tshark's view of BGP messages and ours, field by field in the same words: for tests that lay one beside the other.
 *
 * Not compared: what tshark 4.0 names only partly (extended communities beyond their type, ONLY_TO_CUSTOMER, unknown attributes); of those
 * the type code must be there.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ByteReader } from '../base/bytes.ts';
import { decodeAttributes } from '../bgp/message/attribute/decode.ts';
import { formatCommunity } from '../bgp/message/community.ts';
import type { CodecContext, Nlri, Reach, UpdateMessage } from '../bgp/message/types.ts';
import { type Address, formatAddress, parseAddress } from '../ip/address.ts';
import { pcapOf } from './pcap.ts';
import { prefixesOf } from './withdrawn.ts';

export interface UpdateView {
  readonly attributes: string;
  readonly origin: string;
  readonly segments: string;
  readonly asns: string;
  readonly nextHops: string;
  readonly multiExitDiscriminator: string;
  readonly localPreference: string;
  readonly aggregator: string;
  readonly communities: string;
  readonly originatorId: string;
  readonly clusterList: string;
  readonly extendedCommunityTypes: string;
  readonly largeCommunities: string;
  readonly prefixes: string;
  readonly prefixLengths: string;
  readonly pathIds: string;
}

const update = 'bgp.update.path_attribute';
const fields = [
  ...['type_code', 'origin', 'as_path_segment.type', 'as_path_segment.length', 'as_path_segment.as4', 'next_hop'],
  ...['mp_reach_nlri.next_hop.ipv4', 'mp_reach_nlri.next_hop.ipv6', 'mp_reach_nlri.next_hop.ipv6.link_local'],
  ...['multi_exit_disc', 'local_pref', 'aggregator_as', 'aggregator_origin', 'community_as', 'community_value'],
  ...['community_wellknown', 'originator_id'],
].map((name) => `${update}.${name}`);
const otherFields = [
  ...['bgp.path_attribute.cluster_id', 'bgp.ext_com.type', 'bgp.large_communities.ga', 'bgp.large_communities.ldp1'],
  ...['bgp.large_communities.ldp2', 'bgp.withdrawn_prefix', 'bgp.nlri_prefix', 'bgp.mp_reach_nlri_ipv4_prefix'],
  ...['bgp.mp_unreach_nlri_ipv4_prefix', 'bgp.mp_reach_nlri_ipv6_prefix', 'bgp.mp_unreach_nlri_ipv6_prefix'],
  ...['bgp.prefix_length', 'bgp.nlri_path_id'],
];

/** One view for each message; of peers with 4-octet AS numbers. */
export function tsharkViews(messages: readonly Uint8Array[]): UpdateView[] {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-tshark-'));
  try {
    const file = join(directory, 'messages.pcap');
    writeFileSync(file, pcapOf(messages));
    const names = [...fields, ...otherFields].flatMap((name) => ['-e', name]);
    const options = ['-n', '-o', 'bgp.asn_len:4 octet', '-T', 'fields', '-E', 'separator=|', '-E', 'aggregator=,'];
    const output = execFileSync('tshark', ['-r', file, ...options, ...names], {
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 28,
    });
    return output.toString().split('\n').slice(0, -1).map(viewOfLine);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function viewOfLine(line: string): UpdateView {
  const values = line.split('|').map((text) => (text === '' ? [] : text.split(',')));
  const at = (name: string): string[] => values[[...fields, ...otherFields].indexOf(name)] as string[];
  const attribute = (name: string): string[] => at(`${update}.${name}`);
  const plain = attribute('community_as').map((asn, index) => `${asn}:${attribute('community_value')[index]}`);
  const wellKnown = attribute('community_wellknown').map((value) => formatCommunity(Number(value)));
  const large = at('bgp.large_communities.ga').map((global, index) =>
    [global, at('bgp.large_communities.ldp1')[index], at('bgp.large_communities.ldp2')[index]].join(':'),
  );
  const prefixes = otherFields.filter((name) => name.endsWith('_prefix')).flatMap(at);
  const hops = [
    'next_hop',
    'mp_reach_nlri.next_hop.ipv4',
    'mp_reach_nlri.next_hop.ipv6',
    'mp_reach_nlri.next_hop.ipv6.link_local',
  ];
  const lengths = attribute('as_path_segment.length');
  return {
    attributes: attribute('type_code').join(),
    origin: attribute('origin').join(),
    segments: attribute('as_path_segment.type')
      .map((type, index) => `${type}x${lengths[index]}`)
      .join(),
    asns: attribute('as_path_segment.as4').join(),
    nextHops: hops.flatMap(attribute).map(canonical).join(),
    multiExitDiscriminator: attribute('multi_exit_disc').join(),
    localPreference: attribute('local_pref').join(),
    aggregator: [...attribute('aggregator_as'), ...attribute('aggregator_origin')].join(),
    communities: [...plain, ...wellKnown].sort().join(),
    originatorId: attribute('originator_id').join(),
    clusterList: at('bgp.path_attribute.cluster_id').join(),
    extendedCommunityTypes: at('bgp.ext_com.type').map(Number).join(),
    largeCommunities: large.join(),
    prefixes: prefixes.map(canonical).join(),
    prefixLengths: at('bgp.prefix_length').join(),
    pathIds: at('bgp.nlri_path_id').join(),
  };
}

/** Our view of the UPDATE `raw`, decoded as `message`. */
export function ourView(raw: Uint8Array, message: UpdateMessage, context: CodecContext): UpdateView {
  const { attributes, withdrawn, reach } = message;
  const segments = attributes.asPath ?? [];
  const prefixes = [...prefixesOf(withdrawn), ...reach.flatMap((one) => one.prefixes)];
  return {
    attributes: typeCodes(raw, context).join(),
    origin:
      attributes.originCode === undefined ? '' : String(['igp', 'egp', 'incomplete'].indexOf(attributes.originCode)),
    segments: segments.map(({ kind, asns }) => `${kind === 'set' ? 1 : 2}x${asns.length}`).join(),
    asns: segments.flatMap(({ asns }) => asns).join(),
    nextHops: reach.flatMap(hopsOf).map(formatAddress).join(),
    multiExitDiscriminator: String(attributes.multiExitDiscriminator ?? ''),
    localPreference: String(attributes.localPreference ?? ''),
    aggregator:
      attributes.aggregator === undefined
        ? ''
        : `${attributes.aggregator.asn},${formatAddress(attributes.aggregator.address)}`,
    communities: (attributes.communities ?? []).map(formatCommunity).sort().join(),
    originatorId: attributes.originatorId === undefined ? '' : formatAddress(attributes.originatorId),
    clusterList: (attributes.clusterList ?? []).map(formatAddress).join(),
    extendedCommunityTypes: (attributes.extendedCommunities ?? []).map(([high]) => high >>> 24).join(),
    largeCommunities: (attributes.largeCommunities ?? []).map((community) => community.join(':')).join(),
    prefixes: prefixes.map(formatAddress).join(),
    prefixLengths: prefixes.map(({ length }) => length).join(),
    pathIds: prefixes.flatMap(({ pathId }: Nlri) => pathId ?? []).join(),
  };
}

function hopsOf({ nextHop, linkLocalNextHop }: Reach): Address[] {
  return linkLocalNextHop === undefined ? [nextHop] : [nextHop, linkLocalNextHop];
}

/** In the order of the wire. */
function typeCodes(raw: Uint8Array, context: CodecContext): number[] {
  const reader = new ByteReader(raw, 19);
  reader.take(reader.u16('withdrawn routes length'), 'withdrawn routes');
  return [
    ...decodeAttributes(reader.sub(reader.u16('path attributes length'), 'path attributes'), context).places.keys(),
  ];
}

/** tshark writes some IPv6 addresses with an IPv4 tail. */
function canonical(text: string): string {
  return formatAddress(parseAddress(text) as Address);
}

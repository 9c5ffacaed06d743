/**
 * The end of a line, which routes of the same attributes share: AS path, origin, next hop, local preference, MED, communities,
 * aggregation.
 *
 * What is absent is printed as `bgpdump` prints it: no ORIGIN as INCOMPLETE, no next hop as 255.255.255.255, numbers as 0.
 */
import type { AttributeFields } from '../decode/fields.ts';
import { u16, u32 } from '../decode/framer.ts';
import type { RouteView } from '../decode/route.ts';
import { pathRoom, writeIpv6, writePath } from './address-text.ts';
import { mergedPath } from './merged-path.ts';
import { ascii, type TextWriter } from './text-writer.ts';

const bar = 124;
const [igp, egp, incomplete] = [ascii('|IGP|'), ascii('|EGP|'), ascii('|INCOMPLETE|')] as const;
const [aggregated, notAggregated] = [ascii('|AG|'), ascii('|NAG|')] as const;
const noNextHop = ascii('255.255.255.255');
const noExport = ascii('no-export');
const noAdvertise = ascii('no-advertise');
const localAs = ascii('local-AS');

/** Longer communities are cut off there, a space before the first counted. */
const longestCommunities = 8191;

/** The most bytes that the tail of these attributes takes. */
export function tailRoom({ at, end, as4PathAt }: AttributeFields): number {
  const most = pathRoom + longestCommunities;
  // An AS number of 2 octets takes 6 bytes at most, a community of 4 takes 13; a joined path can be longer than its parts.
  return 256 + (as4PathAt < 0 ? Math.min(4 * (end - at), most) : most);
}

/** `signed`: numbers as signed ones, as `bgpdump` prints those of IPv4 prefixes in MP_REACH_NLRI. */
export function writeTail(text: TextWriter, view: RouteView, signed: boolean): void {
  const { bytes } = view.record;
  const fields = view.attributes;
  if (fields.asPathAt >= 0) {
    const merged = fields.as4PathAt < 0 ? undefined : mergedPath(bytes, fields);
    if (merged === undefined) writePath(text, bytes, fields.asPathAt, fields.asPathEnd, fields.asnBytes);
    else writePath(text, merged, 0, merged.length, 4);
  }
  text.put(fields.originCode === 0 ? igp : fields.originCode === 1 ? egp : incomplete);
  if (view.nextHopAt < 0) text.put(noNextHop);
  else if (view.nextHopFamily === 4) text.ipv4(bytes, view.nextHopAt);
  else writeIpv6(text, bytes, view.nextHopAt);
  text.byte(bar);
  writeNumber(text, fields.localPreference, signed);
  text.byte(bar);
  writeNumber(text, fields.multiExitDiscriminator, signed);
  text.byte(bar);
  if (fields.communitiesAt >= 0) writeCommunities(text, bytes, fields);
  text.put(fields.atomicAggregate ? aggregated : notAggregated);
  writeAggregator(text, bytes, fields);
  text.byte(bar);
  text.byte(10);
}

function writeNumber(text: TextWriter, value: number, signed: boolean): void {
  if (signed && value > 0x7fff_ffff) {
    text.byte(45);
    text.number(0x1_0000_0000 - value);
  } else {
    text.number(value);
  }
}

function writeCommunities(text: TextWriter, bytes: Uint8Array, fields: AttributeFields): void {
  const limit = text.length + longestCommunities - 1;
  for (let at = fields.communitiesAt; at < fields.communitiesEnd; at += 4) {
    const before = text.length;
    const [asn, value] = [u16(bytes, at), u16(bytes, at + 2)];
    const name =
      asn !== 0xffff
        ? undefined
        : value === 0xff01
          ? noExport
          : value === 0xff02
            ? noAdvertise
            : value === 0xff03
              ? localAs
              : undefined;
    if (at > fields.communitiesAt) text.byte(32);
    if (name !== undefined) {
      text.put(name);
    } else {
      text.number(asn);
      text.byte(58);
      text.number(value);
    }
    if (text.length > limit) text.length = name === undefined ? limit : before;
  }
}

/**
 * RFC 6793 §4.2.3: AS4_AGGREGATOR where AGGREGATOR has AS_TRANS. 255.255.255.255 stands for none. As `bgpdump`: an AS number of 4
 * octets in a dump of 2 is read as one of 2, and the address behind that.
 */
function writeAggregator(text: TextWriter, bytes: Uint8Array, fields: AttributeFields): void {
  let { aggregatorAt: at, asnBytes } = fields;
  if (at < 0) return;
  if (fields.as4AggregatorAt >= 0 && u16(bytes, at) === 23456) {
    at = fields.as4AggregatorAt;
    asnBytes = 4;
  }
  const address = at + asnBytes;
  if (u32(bytes, address) === 0xffff_ffff) return;
  text.number(asnBytes === 2 ? u16(bytes, at) : u32(bytes, at));
  text.byte(32);
  text.ipv4(bytes, address);
}

/**
 * 4-octet AS numbers across a peer that knows only 2 octets: what is sent beside AS_PATH and AGGREGATOR, and how what is
 * received beside them is joined with them (RFC 6793 §4.2.2, §4.2.3).
 *
 * Why joined: ASes of 2 octets on the way have put themselves before AS_PATH but not before AS4_PATH, so the missing front
 * of AS4_PATH is the front of AS_PATH.
 */
import { asTrans } from '../../../ip/asn.ts';
import type { AsPathSegment, CodecContext } from '../types.ts';
import type { WireAttributes } from './descriptor.ts';

/** Adds AS4_PATH and AS4_AGGREGATOR where the peer knows 2 octets and something does not fit them. */
export function withAs4(attributes: WireAttributes, context: CodecContext): WireAttributes {
  if (context.fourOctetAsn) return attributes;
  const { asPath, aggregator } = attributes;
  const pathNeeds = asPath?.some(({ asns }) => asns.some((asn) => asn > 0xffff)) === true;
  return {
    ...attributes,
    ...(pathNeeds ? { as4Path: asPath } : {}),
    ...(aggregator !== undefined && aggregator.asn > 0xffff ? { as4Aggregator: aggregator } : {}),
  };
}

/** Joins what came from a peer of 2 octets; AS4_PATH and AS4_AGGREGATOR are then gone. */
export function mergeAs4(attributes: WireAttributes): WireAttributes {
  const { as4Path, as4Aggregator, ...rest } = attributes;
  let { asPath, aggregator } = rest;
  // RFC 6793 §4.2.3: an aggregator of 2 octets that is not AS_TRANS is newer than both AS4 attributes.
  if (aggregator !== undefined && as4Aggregator !== undefined) {
    if (aggregator.asn !== asTrans) return rest;
    aggregator = as4Aggregator;
  }
  if (asPath !== undefined && as4Path !== undefined) asPath = mergePaths(asPath, as4Path);
  return {
    ...rest,
    ...(asPath === undefined ? {} : { asPath }),
    ...(aggregator === undefined ? {} : { aggregator }),
  };
}

function mergePaths(path: readonly AsPathSegment[], as4Path: readonly AsPathSegment[]): readonly AsPathSegment[] {
  let missing = pathLength(path) - pathLength(as4Path);
  if (missing < 0) return path; // RFC 6793 §4.2.3: a shorter AS_PATH is newer
  const front: AsPathSegment[] = [];
  for (const { kind, asns } of path) {
    if (missing === 0) break;
    const taken = kind === 'set' ? asns : asns.slice(0, missing);
    front.push({ kind, asns: taken });
    missing -= kind === 'set' ? 1 : taken.length;
  }
  const [last, first] = [front.at(-1), as4Path[0]];
  if (last?.kind !== 'sequence' || first?.kind !== 'sequence') return [...front, ...as4Path];
  return [...front.slice(0, -1), { kind: 'sequence', asns: [...last.asns, ...first.asns] }, ...as4Path.slice(1)];
}

/** RFC 4271 §9.1.2.2: a set counts as one. */
function pathLength(path: readonly AsPathSegment[]): number {
  return path.reduce((sum, { kind, asns }) => sum + (kind === 'set' ? 1 : asns.length), 0);
}

/**
 * A filter of routes by prefix, origin AS and peer, asked on the bytes as they stand in the record.
 *
 * Within one kind any match is enough; every kind that is given must match. What has no prefix (state changes) is left out where
 * prefixes are asked for; what has no AS path (withdrawals, state changes) where origins are.
 */
import type { Address } from '../../../ip/address.ts';
import type { Prefix } from '../../../ip/prefix.ts';
import { u16, u32 } from './framer.ts';
import type { PeerView, RouteFilter, RouteView } from './route.ts';

export interface FilterRules {
  /** `exact`: this prefix; `within`: it and what lies in it; `covering`: it and what holds it. */
  readonly prefixes: readonly { readonly prefix: Prefix; readonly match: 'exact' | 'within' | 'covering' }[];
  /** The last AS of the path, or a member of the set that ends it. */
  readonly originAsns: readonly number[];
  readonly peers: readonly (number | Address)[];
}

/** `undefined` where there are no rules, so that nothing is asked. */
export function makeFilter({ prefixes, originAsns, peers }: FilterRules): RouteFilter | undefined {
  if (prefixes.length + originAsns.length + peers.length === 0) return undefined;
  return {
    peer: (peer) => peers.length === 0 || peers.some((rule) => isPeer(peer, rule)),
    prefix: (view) => prefixes.length === 0 || prefixes.some((rule) => matches(view, rule)),
    attributes: (view) => originAsns.length === 0 || hasOrigin(view, originAsns),
    withoutPrefix: prefixes.length === 0,
    withoutAttributes: originAsns.length === 0,
  };
}

function isPeer(peer: PeerView, rule: number | Address): boolean {
  if (typeof rule === 'number') return peer.asn === rule;
  return peer.family === rule.family && rule.bytes.every((byte, index) => byte === peer.bytes[peer.at + index]);
}

function matches(view: RouteView, { prefix, match }: FilterRules['prefixes'][number]): boolean {
  if (view.family !== prefix.family) return false;
  const { prefixBits: bits } = view;
  if (match === 'exact' ? bits !== prefix.length : match === 'within' ? bits < prefix.length : bits > prefix.length) {
    return false;
  }
  const common = Math.min(bits, prefix.length);
  const { bytes } = view.record;
  const whole = common >> 3;
  for (let index = 0; index < whole; index++) if (bytes[view.prefixAt + index] !== prefix.bytes[index]) return false;
  const rest = common & 7;
  if (rest === 0) return true;
  const differing = (bytes[view.prefixAt + whole] as number) ^ (prefix.bytes[whole] as number);
  return differing >> (8 - rest) === 0;
}

function hasOrigin({ record: { bytes }, attributes }: RouteView, asns: readonly number[]): boolean {
  const { asPathAt, asPathEnd, asnBytes } = attributes;
  if (asPathAt < 0) return false;
  // AS4_PATH ends as the whole path does (RFC 6793 §4.2.3), unless AS_PATH is the newer one.
  const joined = attributes.as4PathAt >= 0 && !attributes.as4IsStale(bytes);
  const [at, end, width] = joined
    ? ([attributes.as4PathAt, attributes.as4PathEnd, 4] as const)
    : ([asPathAt, asPathEnd, asnBytes] as const);
  let last = -1;
  for (let next = at; next < end; next += 2 + (bytes[next + 1] as number) * width) {
    if ((bytes[next + 1] as number) > 0) last = next;
  }
  if (last < 0) return false;
  const count = bytes[last + 1] as number;
  const isSet = bytes[last] === 1 || bytes[last] === 4;
  for (let index = isSet ? 0 : count - 1; index < count; index++) {
    const place = last + 2 + index * width;
    if (asns.includes(width === 4 ? u32(bytes, place) : u16(bytes, place))) return true;
  }
  return false;
}

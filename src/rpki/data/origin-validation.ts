/**
 * Route origin validation (RFC 6811), with its reasons: which VRPs cover the route, and what each has against it.
 *
 * Policy asks `VrpSet.originState`, which answers the state alone and makes no object; this is for people.
 */
import { formatPrefix, type Prefix } from '../../ip/prefix.ts';
import type { OriginState } from '../../ip/route-validation.ts';
import type { Vrp } from '../pdu/types.ts';
import type { VrpSet } from './vrp-set.ts';

/** What keeps a covering VRP from matching: AS 0 means "nobody may" (RFC 6483 §4). */
export type Objection = 'other-asn' | 'too-specific' | 'as0';

export interface CoveringVrp extends Vrp {
  /** Empty where it matches. */
  readonly objections: readonly Objection[];
}

export interface OriginVerdict {
  readonly state: OriginState;
  /** One sentence. */
  readonly reason: string;
  /** Shortest prefix first. */
  readonly covering: readonly CoveringVrp[];
}

export function validateOrigin(vrps: VrpSet, prefix: Prefix, originAsn: number | undefined): OriginVerdict {
  const covering = vrps
    .covering(prefix)
    .map((vrp) => ({ ...vrp, objections: objectionsOf(vrp, prefix, originAsn) }))
    .sort(byLengthThenAsn);
  const state = vrps.originState(prefix, originAsn);
  return { state, covering, reason: reasonOf(state, covering, prefix, originAsn) };
}

function objectionsOf(vrp: Vrp, prefix: Prefix, originAsn: number | undefined): readonly Objection[] {
  if (vrp.asn === 0) return ['as0'];
  const objections: Objection[] = [];
  if (vrp.asn !== originAsn) objections.push('other-asn');
  if (prefix.length > vrp.maxLength) objections.push('too-specific');
  return objections;
}

function byLengthThenAsn(a: Vrp, b: Vrp): number {
  return a.prefix.length - b.prefix.length || a.asn - b.asn || a.maxLength - b.maxLength;
}

function reasonOf(
  state: OriginState,
  covering: readonly CoveringVrp[],
  prefix: Prefix,
  originAsn: number | undefined,
): string {
  const route = formatPrefix(prefix);
  const origin = originAsn === undefined ? 'a route without one origin AS' : `AS${originAsn}`;
  if (state === 'not-found') return `no ROA covers ${route}`;
  const match = covering.find(({ objections }) => objections.length === 0);
  if (match !== undefined) return `a ROA lets ${origin} announce ${formatVrp(match)}`;
  const onlyLength = covering.find(({ objections }) => objections.length === 1 && objections[0] === 'too-specific');
  if (onlyLength !== undefined) {
    return `the ROA of ${origin} for ${formatPrefix(onlyLength.prefix)} ends at /${onlyLength.maxLength}; the route is a /${prefix.length}`;
  }
  const asns = [...new Set(covering.map(({ asn }) => asn))];
  if (asns.every((asn) => asn === 0)) return `a ROA for AS0 says that nobody may announce ${route}`;
  const others = asns.filter((asn) => asn !== 0).map((asn) => `AS${asn}`);
  return `ROAs cover ${route}, and none names ${origin}: they name ${list(others)}`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 5);
  return names.length > 5 ? `${shown.join(', ')} and ${names.length - 5} more` : shown.join(', ');
}

/** `192.0.2.0/24`, or `192.0.2.0/24 up to /26`. */
export function formatVrp({ prefix, maxLength }: Vrp): string {
  return `${formatPrefix(prefix)}${maxLength > prefix.length ? ` up to /${maxLength}` : ''}`;
}

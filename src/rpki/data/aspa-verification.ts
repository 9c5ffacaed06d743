/**
 * AS path verification by ASPA: has this path climbed from customer to provider, crossed at most one summit, and descended
 * (draft-ietf-sidrops-aspa-verification)?
 *
 * How: from the origin upwards each AS should name the next as its provider; that is the up-ramp. From our neighbour backwards
 * each should name the one before it as its provider; that is the down-ramp, which only a route from a provider may have.
 * A ramp is longest if ASes without an ASPA are believed, shortest if not. Even the longest ramps do not meet: a leak,
 * invalid. The shortest meet: valid. Else nobody can say yet: unknown.
 */
import type { AspaState, PathDirection } from '../../ip/route-validation.ts';
import type { AspaSet, HopCheck } from './aspa-set.ts';

export interface AspaVerdict {
  readonly state: AspaState;
  /** One sentence. */
  readonly reason: string;
  /** The hops that were looked at, in the order of the path with prepends taken out, nearest AS first. */
  readonly hops: readonly AspaHop[];
}

export interface AspaHop {
  readonly customer: number;
  readonly provider: number;
  readonly check: HopCheck;
}

export interface PathToVerify {
  /** Nearest AS first, as AS_PATH has it; `undefined` for one that holds an AS_SET. */
  readonly path: readonly number[] | undefined;
  readonly neighborAsn: number;
  readonly direction: PathDirection;
  /** The neighbour is a route server, which leaves its own AS out of the path (RFC 7947 §2.2.2). */
  readonly fromRouteServer?: boolean;
}

export function verifyPath(
  aspas: AspaSet,
  { path, neighborAsn, direction, fromRouteServer }: PathToVerify,
): AspaVerdict {
  const verdict = (state: AspaState, reason: string, hops: readonly AspaHop[] = []): AspaVerdict => ({
    state,
    reason,
    hops,
  });
  if (path === undefined) return verdict('invalid', 'the path holds an AS_SET');
  if (path.length === 0) return verdict('invalid', 'the path is empty');
  if (path[0] !== neighborAsn && fromRouteServer !== true) {
    return verdict('invalid', `the path begins with AS${path[0]}, not with the neighbour AS${neighborAsn}`);
  }
  // AS(1) is the origin, AS(N) our neighbour.
  const ases = path.filter((asn, index) => asn !== path[index - 1]).reverse();
  const count = ases.length;
  if (count === 1) return verdict('valid', 'the neighbour is the origin');

  const up = ramps(aspas, ases);
  if (direction === 'upstream') {
    const hops = up.hops.toReversed();
    if (up.longest < count) return verdict('invalid', brokenHop(up.hops, up.longest), hops);
    if (up.shortest < count) return verdict('unknown', unattestedHop(up.hops, up.shortest), hops);
    return verdict('valid', 'each AS names the next, up to the neighbour, as its provider', hops);
  }
  const down = ramps(aspas, ases.toReversed());
  const hops = [...down.hops, ...up.hops.toReversed()];
  if (up.longest + down.longest < count) {
    const reason = `${brokenHop(up.hops, up.longest)}, and ${brokenHop(down.hops, down.longest)}: the path goes up again after it went down`;
    return verdict('invalid', reason, hops);
  }
  if (up.shortest + down.shortest < count) {
    return verdict('unknown', `${stopOf(up.hops, up.shortest)}, and ${stopOf(down.hops, down.shortest)}`, hops);
  }
  return verdict('valid', 'the path goes up and then down, by what its ASes say', hops);
}

/** How many ASes from the first on are surely, and how many possibly, on a ramp of customers and their providers. */
function ramps(aspas: AspaSet, ases: readonly number[]): { shortest: number; longest: number; hops: AspaHop[] } {
  const hops = ases.slice(1).map((provider, index) => {
    const customer = ases[index] as number;
    return { customer, provider, check: aspas.hop(customer, provider) };
  });
  const first = (stops: (hop: AspaHop) => boolean): number => {
    const index = hops.findIndex(stops);
    return index === -1 ? ases.length : index + 1;
  };
  return {
    shortest: first(({ check }) => check !== 'provider'),
    longest: first(({ check }) => check === 'not-provider'),
    hops,
  };
}

function brokenHop(hops: readonly AspaHop[], ramp: number): string {
  const { customer, provider } = hops[ramp - 1] as AspaHop;
  return `AS${customer} does not name AS${provider} as its provider`;
}

function unattestedHop(hops: readonly AspaHop[], ramp: number): string {
  return `AS${(hops[ramp - 1] as AspaHop).customer} has no ASPA`;
}

function stopOf(hops: readonly AspaHop[], ramp: number): string {
  const hop = hops[ramp - 1];
  if (hop === undefined) return 'all the way is attested';
  return hop.check === 'no-attestation' ? unattestedHop(hops, ramp) : brokenHop(hops, ramp);
}

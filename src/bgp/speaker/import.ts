/**
 * What becomes of a route that a peer announces: checked, then run through the peer's import policy.
 *
 * Why an outcome for each route, not a filter: a route that is not used keeps its reason, so that an operator can be told.
 * What is malformed never comes here; the codec has handled it (RFC 7606).
 */
import { assert } from '../../base/assert.ts';
import { addressesEqual, type Family, formatAddress } from '../../ip/address.ts';
import type { RouteValidation } from '../../ip/route-validation.ts';
import type { CompiledPolicy, PolicyResult } from '../policy/evaluate.ts';
import type { PolicyContext } from '../policy/types.ts';
import { countAsn, prependAsn } from '../rib/as-path.ts';
import type { PrefixTable } from '../rib/prefix-table.ts';
import { ImportedPath, type ImportOutcome, type JudgedByPrefix, type ReceivedPath } from '../rib/received-path.ts';
import { type ImportRejection, type Path, routeTo } from '../rib/types.ts';
import { nextHopFor } from './next-hop.ts';
import { leakFrom, markedOnImport } from './only-to-customer.ts';
import type { PeerOptions, SpeakerIdentity } from './options.ts';
import type { PeerConfig } from './types.ts';

export interface ImportContext extends Pick<SpeakerIdentity, 'routerId' | 'clusterId'> {
  readonly localAsn: number;
  readonly peer: Pick<PeerConfig, 'peerAsn' | 'address' | 'nextHops' | 'role'> & PeerOptions;
  readonly policy: CompiledPolicy | undefined;
  readonly validation?: RouteValidation;
}

/**
 * Runs import for one peer and one policy. Most policies never look at the prefix, so a path is judged once for all prefixes that
 * have it; where one does, prefixes for which the same terms matched share what came of it.
 */
export class Importer {
  readonly #context: ImportContext;
  readonly #table: PrefixTable;

  constructor(context: ImportContext, table: PrefixTable) {
    this.#context = context;
    this.#table = table;
  }

  /** What becomes of a path for the prefix with this number. */
  import(received: ReceivedPath, id: number): ImportedPath {
    if (!isUnicast(id, this.#table)) {
      received.notUnicast ??= new ImportedPath(received, { verdict: 'reject', rejection: notUnicast });
      return received.notUnicast;
    }
    if (received.importer !== this) {
      received.importer = this;
      received.judged = this.#judge(received, id);
    }
    const { judged } = received;
    return judged instanceof ImportedPath ? judged : this.#byPrefix(received, judged as JudgedByPrefix, id);
  }

  #judge(received: ReceivedPath, id: number): ImportedPath | JudgedByPrefix {
    const context = this.#context;
    const { path } = received;
    const { policy } = context;
    const unusable =
      looped(path, context) ??
      ownNextHop(path, this.#table.ipFamily(id), context) ??
      reflectedBack(path, context) ??
      leaked(path, context);
    if (unusable !== undefined) return new ImportedPath(received, { verdict: 'reject', rejection: unusable });
    const usable = completed(path, context);
    if (policy?.looksAtPrefix) return { usable, outcomes: new Map() };
    if (policy !== undefined) return new ImportedPath(received, outcomeOf(this.#ask(policy, usable, id), usable));
    if (!path.source.external) return new ImportedPath(received, { verdict: 'accept', path: usable });
    const what = 'the session has no import policy, so nothing is accepted (RFC 8212 §2)';
    return new ImportedPath(received, { verdict: 'reject', rejection: { reason: 'no-import-policy', what } });
  }

  #byPrefix(received: ReceivedPath, { usable, outcomes }: JudgedByPrefix, id: number): ImportedPath {
    const { policy } = this.#context;
    assert(policy !== undefined, 'a policy looked at prefixes');
    const result = this.#ask(policy, usable, id);
    const key = result.places.join();
    let imported = outcomes.get(key);
    if (imported === undefined) {
      imported = new ImportedPath(received, outcomeOf(result, usable));
      outcomes.set(key, imported);
    }
    return imported;
  }

  #ask(policy: CompiledPolicy, usable: Path, id: number): PolicyResult {
    return policy(routeTo(this.#table.prefix(id), usable), importPolicyContext(this.#context));
  }
}

function outcomeOf({ verdict, route, term }: PolicyResult, usable: Path): ImportOutcome {
  const named = term === undefined ? {} : { term };
  if (verdict === 'accept') {
    const { nextHop, attributes } = route;
    const same = nextHop === usable.nextHop && attributes === usable.attributes;
    return { verdict, path: same ? usable : { ...usable, nextHop, attributes }, ...named };
  }
  const what = term === undefined ? 'no term of the import policy accepts it' : `import policy: ${term}`;
  return { verdict, rejection: { reason: 'policy', what, ...named } };
}

/** What an import policy may ask beyond the route. */
export function importPolicyContext({ localAsn, peer, validation }: ImportContext): PolicyContext {
  const ownNextHop: PolicyContext['ownNextHop'] = (ipFamily) => nextHopFor(peer, ipFamily);
  return { localAsn, ownNextHop, ...(validation === undefined ? {} : { validation }) };
}

/** The route as policy and decision see it, with what the peerings of this kind add to each. */
export function completed<P extends Path>(received: P, { peer }: ImportContext): P {
  const { source } = received;
  let { attributes } = received;
  if (source.external) attributes = markedOnImport(peer, attributes);
  const { localAs } = peer;
  if (localAs !== undefined && localAs.noPrepend === undefined) {
    // RFC 7705 §3.1: as if the AS that we were still stood between the peer and us.
    attributes = { ...attributes, asPath: prependAsn(attributes.asPath ?? [], localAs.asn) };
  }
  return attributes === received.attributes ? received : { ...received, attributes };
}

const notUnicast: ImportRejection = {
  reason: 'not-unicast',
  what: 'its prefix is of multicast or reserved addresses, to which nothing is routed (RFC 4271 §6.3)',
};

/**
 * RFC 4271 §6.3: a prefix that is semantically incorrect, as one of multicast addresses, is ignored. For IPv4 these are 224.0.0.0/4
 * and the reserved 240.0.0.0/4, broadcast among it; for IPv6 ff00::/8. A shorter prefix that also covers others passes.
 */
function isUnicast(id: number, table: PrefixTable): boolean {
  const first = table.firstByte(id);
  return first < 224 || (table.ipFamily(id) === 6 && first !== 0xff);
}

/** RFC 4271 §9.1.2: a path that holds our own AS has been here; the AS that we were is ours, too (RFC 7705 §3.1). */
function looped(route: Path, { localAsn, peer }: ImportContext): ImportRejection | undefined {
  const path = route.attributes.asPath ?? [];
  const allowed = peer.allowOwnAs ?? 0;
  for (const asn of new Set([localAsn, peer.localAs?.asn ?? localAsn])) {
    const count = countAsn(path, asn);
    if (count <= allowed) continue;
    const what = `our own AS ${asn} is in its AS path`;
    if (allowed === 0) return { reason: 'as-path-loop', what };
    return { reason: 'as-path-loop', what: `${what} ${count} times; ${allowed} are allowed` };
  }
  return undefined;
}

/**
 * RFC 4271 §6.3: a next hop that is our own address would send packets in a circle; the route is ignored, the session stays.
 * Where the peer itself has our address, as on one machine's loopback, addresses tell nothing.
 */
function ownNextHop(route: Path, ipFamily: Family, { peer }: ImportContext): ImportRejection | undefined {
  const own = nextHopFor(peer, ipFamily);
  if (own === undefined || !addressesEqual(own, route.nextHop) || addressesEqual(own, peer.address)) return undefined;
  return { reason: 'own-next-hop', what: `its next hop ${formatAddress(own)} is our own address` };
}

/** RFC 4456 §8: what we brought into this AS ourselves, or have reflected already, is ignored. */
function reflectedBack(route: Path, { routerId, clusterId = routerId }: ImportContext): ImportRejection | undefined {
  const { originatorId, clusterList = [] } = route.attributes;
  if (route.source.external) return undefined;
  if (originatorId !== undefined && addressesEqual(originatorId, routerId)) {
    return { reason: 'reflection-loop', what: 'its ORIGINATOR_ID is our own router ID (RFC 4456 §8)' };
  }
  if (clusterList.some((id) => addressesEqual(id, clusterId))) {
    const what = `its CLUSTER_LIST holds our cluster ${formatAddress(clusterId)} (RFC 4456 §8)`;
    return { reason: 'reflection-loop', what };
  }
  return undefined;
}

function leaked(route: Path, { peer }: ImportContext): ImportRejection | undefined {
  const what = route.source.external ? leakFrom(peer, route.attributes) : undefined;
  return what === undefined ? undefined : { reason: 'route-leak', what };
}

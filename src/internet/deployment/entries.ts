/**
 * Turns the sessions of a network file into entry points: what each neighbour of ours, or of our provider, hears.
 *
 * Where a provider's links are known by location, our announcement leaves the provider at the PoP's location, to those that it
 * is linked with there; the provider's own AS is left to tell those that no file speaks of. Where they are not known, the
 * provider is one AS of the graph. What a session's `announce` says (prepend, avoid, onlyTo, prependTo, exchanges, noExport)
 * is applied here, to the same meaning that `network/provider/actions.ts` compiles to the provider's communities.
 */

import type { AnnounceOptions } from '../../network/schema/session.ts';
import type { EntryPoint } from '../propagation/announcement.ts';
import type { AsGraph } from '../topology/as-graph.ts';
import { adjacent } from './adjacent.ts';
import type { LinkType, ProviderLocation } from './provider-links.ts';
import type { PopEntry } from './types.ts';

/** One session, as far as the Internet beyond it is concerned. */
export interface DeployedSession {
  readonly pop: number;
  /** The AS that the Internet sees in front of ours. */
  readonly neighborAsn: number;
  readonly announce: AnnounceOptions;
  /** The provider takes our ASN, a private one, out of the path with all its copies. */
  readonly stripsOurAsn: boolean;
  /** The provider's links where the PoP is; `elsewhere`: whom it is linked with at any location. */
  readonly location?: ProviderLocation;
  readonly elsewhere: ReadonlySet<number>;
}

export interface EntryContext {
  readonly graph: AsGraph;
  readonly numberOf: (asn: number) => number | undefined;
  readonly originAsn: number;
}

/** What a neighbour over such a link takes us for, who hears it from the provider: a transit hears it from its customer. */
const heardAs: Readonly<Record<LinkType, EntryPoint['as']>> = {
  provider: 'customer',
  peer: 'lateral',
  'route-server-peer': 'lateral',
  customer: 'provider',
};

/** None where the neighbour is not in the graph. */
export function entriesOf(session: DeployedSession, context: EntryContext): readonly PopEntry[] {
  const { numberOf } = context;
  const at = numberOf(session.neighborAsn);
  if (at === undefined) return [];
  const { pop, announce } = session;
  const ownCopies = session.stripsOurAsn ? 0 : 1 + announce.prepend;
  const entries: PopEntry[] = [];
  const told = new Set<number>();

  for (const asn of session.elsewhere) {
    const number = numberOf(asn);
    if (number !== undefined) told.add(number);
  }
  const { laterals, providers, customers } = adjacent(context.graph, at);
  for (const [asn, given] of session.location?.neighbors ?? []) {
    const number = numberOf(asn);
    if (number === undefined) continue;
    // Where file and topology disagree on a transit it is taken as a peer: wrong about a peer, one cone's users are predicted
    // wrongly; wrong about a transit, which tells everybody, the whole Internet's.
    const type = given === 'provider' && laterals.includes(number) ? 'peer' : given;
    if (!mayHear(asn, type, announce)) continue;
    const pathLength = 1 + ownCopies + copiesTowards(asn, announce);
    entries.push({ pop, entry: { at: number, as: heardAs[type], pathLength, originAsn: session.neighborAsn } });
  }

  // Those that the files do not name hear it from the provider as one AS, but for whom `announce` treats apart.
  const known: readonly (readonly [number: number, type: LinkType])[] = [
    ...providers.map((number) => [number, 'provider'] as const),
    ...laterals.map((number) => [number, 'peer'] as const),
    ...customers.map((number) => [number, 'customer'] as const),
  ];
  const apart = new Set(told);
  for (const [number, type] of known) {
    const asn = context.graph.asns[number] as number;
    const copies = copiesTowards(asn, announce);
    const heard = mayHear(asn, type, announce);
    if (told.has(number) || (heard && copies === 0 && announce.onlyTo.length === 0)) continue;
    apart.add(number);
    if (!heard) continue;
    const pathLength = 1 + ownCopies + copies;
    entries.push({ pop, entry: { at: number, as: heardAs[type], pathLength, originAsn: session.neighborAsn } });
  }
  const silent = announce.noExport || announce.onlyTo.length > 0;
  entries.push({
    pop,
    entry: {
      at,
      as: 'customer',
      pathLength: ownCopies,
      originAsn: context.originAsn,
      ...(silent ? { noExport: true } : apart.size > 0 ? { notTo: [...apart].sort((a, b) => a - b) } : {}),
    },
  });
  return entries;
}

function mayHear(asn: number, type: LinkType, { avoid, onlyTo, exchanges, noExport }: AnnounceOptions): boolean {
  if (avoid.includes(asn)) return false;
  if (onlyTo.length > 0) return onlyTo.includes(asn);
  if (noExport) return false;
  if (exchanges === 'none') return type !== 'peer' && type !== 'route-server-peer';
  return exchanges === 'all' || type !== 'peer';
}

function copiesTowards(asn: number, { prependTo }: AnnounceOptions): number {
  return Number((prependTo as Readonly<Record<string, number>>)[String(asn)] ?? 0);
}

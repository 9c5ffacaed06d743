/**
 * The network file as the Internet meets it, for the prefixes of one address family.
 *
 * Why problems and not silence: a PoP whose neighbour the topology does not know would vanish from every prediction, and the
 * operator would think that it attracts nobody.
 */
import type { Problem } from '../../base/problem.ts';
import type { Family } from '../../ip/address.ts';
import { classifyAsn } from '../../ip/asn.ts';
import type { NetworkDocument } from '../../network/document.ts';
import { findLocation } from '../../network/locations.ts';
import { findProvider } from '../../network/provider/table.ts';
import { sessionEnds } from '../../network/session-ends.ts';
import { type AsGraph, numberOfAsn } from '../topology/as-graph.ts';
import { type DeployedSession, type EntryContext, entriesOf } from './entries.ts';
import { groupEntries } from './group.ts';
import { locationOf, type ProviderLocation } from './provider-links.ts';
import type { DeployedPop, Deployment, PopEntry } from './types.ts';

export interface DeploymentOptions {
  readonly family: Family;
  /** By the ASN of the provider. */
  readonly links: ReadonlyMap<number, readonly ProviderLocation[]>;
}

/** A session with its place in the network file, for messages and for plans that change it. */
export interface LocatedSession extends DeployedSession {
  /** `pops.fra.sessions[0]`. */
  readonly where: string;
}

export interface DeployedSessions {
  readonly pops: readonly DeployedPop[];
  readonly sessions: readonly LocatedSession[];
  readonly context: EntryContext;
  readonly warnings: readonly Problem[];
}

/** The sessions of one family, before anything is announced over them. */
export function sessionsOf(
  document: NetworkDocument,
  graph: AsGraph,
  { family, links }: DeploymentOptions,
): DeployedSessions {
  const warnings: Problem[] = [];
  const pops: DeployedPop[] = [];
  const located: LocatedSession[] = [];
  for (const [name, { location, sessions }] of Object.entries(document.pops)) {
    const place = typeof location === 'string' ? findLocation(location) : location;
    if (place === undefined) continue; // the document's rules have refused it
    const pop = pops.length;
    pops.push({ name, location: place });
    for (const [index, session] of sessions.entries()) {
      const ends = sessionEnds(session).find((end) => end.family === family);
      if (ends === undefined) continue;
      const provider = session.provider === undefined ? undefined : findProvider(session.provider);
      const neighborAsn = provider?.asn ?? ends.peerAsn;
      const locations = links.get(neighborAsn) ?? [];
      const at = locationOf(place, locations);
      const where = `pops.${name}.sessions[${index}]`;
      if (locations.length > 0 && at === undefined) warnings.push(noLocation(neighborAsn, place.name, where));
      located.push({
        where,
        pop,
        neighborAsn,
        announce: session.announce,
        stripsOurAsn: provider?.stripsPrivateAsn === true && classifyAsn(document.asn).kind === 'private',
        elsewhere: new Set(locations.flatMap(({ neighbors }) => [...neighbors.keys()])),
        ...(at === undefined ? {} : { location: at }),
      });
    }
  }
  const context = { graph, numberOf: numberOfAsn(graph), originAsn: document.asn };
  return { pops, sessions: located, context, warnings };
}

/** PoPs without any way in stay in the list, with a warning each. */
export function deploymentOf(
  document: NetworkDocument,
  graph: AsGraph,
  options: DeploymentOptions,
): { readonly deployment: Deployment; readonly warnings: readonly Problem[] } {
  const { pops, sessions, context, warnings: found } = sessionsOf(document, graph, options);
  const warnings = [...found];
  const entries: PopEntry[] = [];
  for (const session of sessions) {
    const ways = entriesOf(session, context);
    if (ways.length === 0) warnings.push(notInTopology(session.neighborAsn, session.where));
    entries.push(...ways);
  }
  for (const [pop, { name }] of pops.entries()) {
    if (!entries.some((entry) => entry.pop === pop)) warnings.push(noWayIn(name, options.family));
  }
  return { deployment: { asn: document.asn, pops, entries, groups: groupEntries(entries) }, warnings };
}

function notInTopology(asn: number, where: string): Problem {
  return {
    code: 'internet.neighbor-unknown',
    severity: 'warning',
    what: `the topology has no AS${asn}, so nobody hears this session`,
    where,
    fix: 'use a topology that knows the neighbor, or leave the session out of the prediction',
  };
}

function noLocation(asn: number, place: string, where: string): Problem {
  return {
    code: 'internet.no-provider-location',
    severity: 'warning',
    what: `AS${asn} has no location near ${place} in its links; the AS as a whole is taken instead`,
    where,
    fix: 'add the location to the file of links, or give one that has it',
  };
}

function noWayIn(pop: string, family: Family): Problem {
  return {
    code: 'internet.no-way-in',
    severity: 'warning',
    what: `the PoP "${pop}" has no IPv${family} session that the Internet hears: nobody lands there`,
    where: `pops.${pop}`,
    fix: `give it a session with a source address of IPv${family} and a neighbor in the topology`,
  };
}

/** Routes of the embedded speaker's tables as views: which table, which of its routes, and what each looks like. */
import { attributesJson } from '../../bgp/message/json.ts';
import { aspaStateOf, originStateOf } from '../../bgp/policy/conditions.ts';
import { originAsn } from '../../bgp/rib/as-path.ts';
import { localPeer } from '../../bgp/rib/decision.ts';
import { type AdvertisedRoute, inSamePlace, type ReceivedRoute, type Route } from '../../bgp/rib/types.ts';
import type { SpeakerHost } from '../../bgp/transport/types.ts';
import { formatAddress } from '../../ip/address.ts';
import { formatPrefix, mustPrefix, type Prefix, prefixCovers, prefixOf } from '../../ip/prefix.ts';
import type { RouteValidation } from '../../ip/route-validation.ts';
import type { RouteQuestion, RouteView } from './tables.ts';
import { lossInWords } from './words.ts';

export interface RouteSourceOfViews {
  readonly host: SpeakerHost;
  readonly localAsn: number;
  /** Names of the sessions that run. */
  readonly sessions: readonly string[];
  readonly asnOf: (session: string) => number;
  /** What the plan announces. */
  readonly ownPrefixes: readonly string[];
  /** Absent: nobody validates. */
  readonly validation?: RouteValidation & { readonly aspa: boolean };
}

/** So many routes may be passed over before who reads gets a breath. */
const breath = 256;

export function* routeViews(tables: RouteSourceOfViews, question: RouteQuestion): Generator<RouteView | undefined> {
  let passed = 0;
  for (const candidate of candidates(tables, question)) {
    if (candidate !== undefined && matches(candidate.prefix, question)) yield candidate.make();
    else if (++passed % breath === 0) yield undefined;
  }
}

/** A route that may be asked for; its view is made only if it is. */
interface Candidate {
  readonly prefix: Prefix;
  readonly make: () => RouteView;
}

function* candidates(tables: RouteSourceOfViews, question: RouteQuestion): Generator<Candidate | undefined> {
  const { table, neighbor } = question;
  const { host } = tables;
  const sessions = tables.sessions.filter((session) => neighbor === undefined || session === neighbor);
  if (table === 'advertised') {
    for (const session of sessions) {
      for (const route of host.adjRibOut(session)) {
        yield { prefix: route.prefix, make: () => advertisedView(tables, route, session) };
      }
    }
    return;
  }
  if (table === 'best') {
    for (const best of bestRoutes(host, question)) {
      if (neighbor !== undefined && best.source.peer !== neighbor) yield undefined;
      else yield { prefix: best.prefix, make: () => usableView(tables, best, 'best') };
    }
    return;
  }
  if (table === 'all' && neighbor === undefined) {
    for (const best of ownRoutes(tables)) {
      yield { prefix: best.prefix, make: () => usableView(tables, best, 'best') };
    }
  }
  for (const session of sessions) {
    for (const received of receivedRoutes(host, session, question)) {
      const make = (): RouteView => {
        const view = receivedView(tables, received);
        // Here as the neighbour sent it; elsewhere as import made it.
        return table === 'received' ? { ...view, attributes: attributesJson(received.received.attributes) } : view;
      };
      yield { prefix: received.received.prefix, make };
    }
  }
}

/** A question for few prefixes is answered by look-ups: a full table need not be walked for one route. */
function* receivedRoutes(host: SpeakerHost, session: string, question: RouteQuestion): Generator<ReceivedRoute> {
  const few = prefixesOf(question);
  if (few === undefined) yield* host.adjRibIn(session);
  else for (const prefix of few) yield* host.explainImport(session, prefix);
}

function* bestRoutes(host: SpeakerHost, question: RouteQuestion): Generator<Route> {
  const few = prefixesOf(question);
  if (few === undefined) {
    yield* host.bestRoutes();
    return;
  }
  for (const prefix of few) {
    const best = host.decision(prefix)?.best;
    if (best !== undefined) yield best;
  }
}

/** By name: looking for them among the best routes would mean to walk a full table. Our own always win. */
function* ownRoutes({ host, ownPrefixes }: RouteSourceOfViews): Generator<Route> {
  for (const prefix of ownPrefixes) {
    const best = host.decision(mustPrefix(prefix))?.best;
    if (best?.source.peer === localPeer) yield best;
  }
}

function prefixesOf({ prefix: asked }: RouteQuestion): readonly Prefix[] | undefined {
  if (asked === undefined || asked.match === 'longer') return undefined;
  return asked.match === 'exact' ? [asked.prefix] : coveringPrefixes(asked.prefix);
}

/** Itself and all that hold it, shortest first. */
export function coveringPrefixes(prefix: Prefix): readonly Prefix[] {
  return Array.from({ length: prefix.length + 1 }, (_, length) => prefixOf(prefix, length));
}

function matches(prefix: Prefix, { family, prefix: asked }: RouteQuestion): boolean {
  if (family !== undefined && prefix.family !== family) return false;
  if (asked === undefined) return true;
  if (asked.match === 'longer') return prefixCovers(asked.prefix, prefix);
  if (!prefixCovers(prefix, asked.prefix)) return false;
  return asked.match === 'shorter' || prefix.length === asked.prefix.length;
}

export function receivedView(tables: RouteSourceOfViews, { received, outcome }: ReceivedRoute): RouteView {
  if (outcome.verdict === 'reject') {
    return { ...viewOf(tables, received), state: 'refused', why: outcome.rejection.what };
  }
  const decision = tables.host.decision(received.prefix);
  if (decision !== undefined && inSamePlace(decision.best, received)) return usableView(tables, outcome.route, 'best');
  const lost = decision?.losers.find(({ route }) => inSamePlace(route, received));
  if (decision === undefined || lost === undefined) return usableView(tables, outcome.route, 'usable');
  const why = lossInWords(lost.reason, lost.route, decision.best);
  return { ...usableView(tables, lost.route, 'usable'), why };
}

export function usableView(tables: RouteSourceOfViews, route: Route, state: 'best' | 'usable'): RouteView {
  return { ...viewOf(tables, route), state };
}

function viewOf(tables: RouteSourceOfViews, route: Route): Omit<RouteView, 'state'> {
  const { prefix, pathId, source, nextHop, attributes } = route;
  const own = source.peer === localPeer;
  return {
    prefix: formatPrefix(prefix),
    ...(pathId === undefined ? {} : { pathId }),
    neighbor: source.peer,
    ...(own ? {} : { peerAsn: source.asn, nextHop: formatAddress(nextHop) }),
    attributes: attributesJson(attributes),
    ...validated(tables, route, own),
  };
}

/** Our own routes are asked about as others hear them: originated by our AS. */
function validated({ validation, localAsn }: RouteSourceOfViews, route: Route, own: boolean) {
  if (validation === undefined) return {};
  if (own) return { origin: validation.originState(route.prefix, localAsn) };
  const context = { localAsn, validation };
  return {
    origin: originStateOf(route, context),
    ...(validation.aspa ? { path: aspaStateOf(route, context) } : {}),
  };
}

export function advertisedView(tables: RouteSourceOfViews, route: AdvertisedRoute, session: string): RouteView {
  const { prefix, pathId, nextHop, attributes } = route;
  const { validation, localAsn } = tables;
  const origin = originAsn(attributes.asPath ?? []) ?? localAsn;
  return {
    prefix: formatPrefix(prefix),
    ...(pathId === undefined ? {} : { pathId }),
    neighbor: session,
    peerAsn: tables.asnOf(session),
    nextHop: formatAddress(nextHop),
    attributes: attributesJson(attributes),
    state: 'advertised',
    ...(validation === undefined ? {} : { origin: validation.originState(prefix, origin) }),
  };
}

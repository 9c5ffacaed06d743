/** Why a prefix is reached as it is: every path with its verdict, and what each neighbour is told, policy step by step. */
import { attributesJson } from '../../bgp/message/json.ts';
import type { PolicyExplanation } from '../../bgp/policy/explain.ts';
import { flatAsPath, originAsn } from '../../bgp/rib/as-path.ts';
import { localPeer } from '../../bgp/rib/decision.ts';
import type { Route } from '../../bgp/rib/types.ts';
import { formatAddress } from '../../ip/address.ts';
import { formatPrefix, type Prefix } from '../../ip/prefix.ts';
import { verifyPath } from '../../rpki/data/aspa-verification.ts';
import { validateOrigin } from '../../rpki/data/origin-validation.ts';
import type { RpkiData } from '../../rpki/data/rpki-data.ts';
import type { SessionPlan } from '../announcer.ts';
import { type RouteSourceOfViews, receivedView, usableView } from './routes.ts';
import type { PathView, PolicyView, RouteExplanation, ToldView } from './tables.ts';

export interface ExplainSource extends RouteSourceOfViews {
  readonly data: RpkiData | undefined;
  readonly plans: readonly SessionPlan[];
}

export function explainRoute(source: ExplainSource, prefix: Prefix): RouteExplanation {
  const { host } = source;
  const best = host.decision(prefix)?.best;
  const own =
    best?.source.peer === localPeer ? [{ ...usableView(source, best, 'best'), ...reasons(source, best) }] : [];
  const paths = source.sessions.flatMap((session) => pathsOf(source, session, prefix));
  return {
    prefix: formatPrefix(prefix),
    paths: [...own, ...ranked(source, paths, prefix)],
    told: source.plans.map((plan) => toldOf(source, plan, prefix)),
  };
}

function pathsOf(source: ExplainSource, session: string, prefix: Prefix): readonly PathView[] {
  return source.host.explainImport(session, prefix).map((explained): PathView => {
    const { received, policy } = explained;
    return {
      ...receivedView(source, explained),
      routerId: formatAddress(received.source.routerId),
      neighborAddress: formatAddress(received.source.address),
      ...reasons(source, received),
      ...(policy === undefined ? {} : { policy: policyView(policy) }),
    };
  });
}

/** The best first, then by the order in which the decision left them, then what import refused. */
function ranked(source: ExplainSource, paths: readonly PathView[], prefix: Prefix): readonly PathView[] {
  const losers = source.host.decision(prefix)?.losers ?? [];
  const rank = (path: PathView): number => {
    if (path.state === 'best') return -1;
    const index = losers.findIndex(({ route }) => route.source.peer === path.neighbor && route.pathId === path.pathId);
    return path.state === 'refused' || index === -1 ? losers.length : index;
  };
  return [...paths].sort((a, b) => rank(a) - rank(b));
}

function reasons({ data, validation, localAsn }: ExplainSource, route: Route): Partial<PathView> {
  if (validation === undefined) return {};
  if (data === undefined) return { originReason: 'no cache has given its data yet' };
  const path = route.attributes.asPath ?? [];
  const { peer, asn, relation, role } = route.source;
  const own = peer === localPeer;
  const origin = validateOrigin(data.vrps, route.prefix, own ? localAsn : originAsn(path));
  if (own || !validation.aspa) return { originReason: origin.reason };
  const verdict = verifyPath(data.aspas, {
    path: path.some(({ kind }) => kind === 'set') ? undefined : flatAsPath(path),
    neighborAsn: asn,
    direction: relation === 'provider' || role === 'provider' ? 'downstream' : 'upstream',
  });
  return { originReason: origin.reason, pathReason: verdict.reason };
}

function toldOf(source: ExplainSource, plan: SessionPlan, prefix: Prefix): ToldView {
  const { name, peerAsn, neighborAddress } = plan;
  const who = { neighbor: name, peerAsn, neighborAddress };
  const no = (why: string, policy?: PolicyView): ToldView => ({ ...who, told: false, why, ...(policy && { policy }) });
  if (!source.sessions.includes(name)) return no('the session is not started');
  const phase = source.host.sessionPhase(name);
  if (phase !== 'established') return no(`the session is not established (${phase})`);
  const outcome = source.host.explainExport(name, prefix);
  const explained = source.host.explainExportPolicy(name, prefix);
  const policy = explained?.policy && policyView(explained.policy);
  if (outcome === undefined) return no('there is no usable route to it');
  if (outcome.verdict === 'suppress') return no(outcome.suppression.what, policy);
  const { nextHop, attributes } = outcome.route;
  return {
    ...who,
    told: true,
    nextHop: formatAddress(nextHop),
    attributes: attributesJson(attributes),
    ...(policy && { policy }),
  };
}

function policyView({ verdict, term, steps }: PolicyExplanation): PolicyView {
  return {
    verdict,
    term: term ?? null,
    steps: steps.map((step) => {
      const failed = step.conditions.find(({ holds }) => !holds);
      return {
        term: step.term,
        matched: step.matched,
        ...(step.verdict === undefined ? {} : { verdict: step.verdict }),
        ...(failed === undefined
          ? {}
          : { failed: { condition: failed.condition, wanted: failed.wanted, found: failed.found } }),
      };
    }),
  };
}

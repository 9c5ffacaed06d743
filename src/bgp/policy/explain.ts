/**
 * Why a policy decided as it did: term by term, what each condition wanted and what the route had.
 *
 * Why apart from running it: on the hot path a policy only decides; an operator who asks gets each step in words.
 */
import { unreachable } from '../../base/assert.ts';
import { formatAddress } from '../../ip/address.ts';
import { formatPrefix } from '../../ip/prefix.ts';
import { formatCommunity, formatLargeCommunity } from '../message/community.ts';
import { formatExtendedCommunity } from '../message/extended-community.ts';
import { asPathLength, flatAsPath, originAsn } from '../rib/as-path.ts';
import { localPeer } from '../rib/decision.ts';
import type { Route } from '../rib/types.ts';
import { aspaStateOf, originStateOf } from './conditions.ts';
import { compileTerms } from './evaluate.ts';
import type { Match, Policy, PolicyContext, Verdict } from './types.ts';

export interface PolicyExplanation {
  readonly verdict: Verdict;
  /** The term that decided; `undefined` where `otherwise` did. */
  readonly term: string | undefined;
  /** The terms that were looked at, in order, up to the deciding one. */
  readonly steps: readonly PolicyStep[];
  readonly route: Route;
}

export interface PolicyStep {
  readonly term: string;
  readonly matched: boolean;
  /** Every condition of the term, and how it came out. */
  readonly conditions: readonly ConditionOutcome[];
  /** What it decided; absent where the route went on. */
  readonly verdict?: Verdict;
}

export interface ConditionOutcome {
  readonly condition: keyof Match;
  readonly holds: boolean;
  /** The condition's value as it stands in the policy. */
  readonly wanted: unknown;
  /** What the route has of it, for people. */
  readonly found: string;
}

/** Runs the policy slowly and keeps each step. Same verdict as `evaluate`; Problem codes: as `compilePolicy`. */
export function explainPolicy(policy: Policy, given: Route, context: PolicyContext): PolicyExplanation {
  let route = given;
  const steps: PolicyStep[] = [];
  for (const { name, match, conditions, change, verdict } of compileTerms(policy)) {
    const outcomes = conditions.map(({ name: condition, holds }) => ({
      condition,
      holds: holds(route, context),
      wanted: match[condition],
      found: found(condition, route, context),
    }));
    const matched = outcomes.every(({ holds }) => holds);
    steps.push({
      term: name,
      matched,
      conditions: outcomes,
      ...(matched && verdict !== undefined ? { verdict } : {}),
    });
    if (!matched) continue;
    route = change(route, context);
    if (verdict !== undefined) return { verdict, term: name, steps, route };
  }
  return { verdict: policy.otherwise, term: undefined, steps, route };
}

/** One line a term, for people: `✗ customers: communities wants ["64500:*"], the route has none`. */
export function formatExplanation({ verdict, term, steps }: PolicyExplanation): string {
  const lines = steps.map((step) => {
    const failed = step.conditions.find(({ holds }) => !holds);
    if (failed === undefined) return `✓ ${step.term}${step.verdict === undefined ? '' : `: ${step.verdict}`}`;
    return `✗ ${step.term}: ${failed.condition} wants ${JSON.stringify(failed.wanted)}, the route has ${failed.found}`;
  });
  if (term === undefined) lines.push(`· no term decided: ${verdict}`);
  return lines.join('\n');
}

function found(condition: keyof Match, route: Route, context: PolicyContext): string {
  const { source, attributes } = route;
  const path = attributes.asPath ?? [];
  const isLocal = source.peer === localPeer;
  switch (condition) {
    case 'prefixes':
    case 'family':
      return formatPrefix(route.prefix);
    case 'learnedFrom':
      return isLocal ? 'local' : (source.relation ?? 'a peer without a relation');
    case 'role':
      return source.role ?? 'a peer without a role';
    case 'peer':
      return source.peer;
    case 'peerAsn':
      return isLocal ? 'no peer' : String(source.asn);
    case 'anyCommunity':
      return list(attributes.communities?.map(formatCommunity));
    case 'anyLargeCommunity':
      return list(attributes.largeCommunities?.map(formatLargeCommunity));
    case 'communities':
      return list([
        ...(attributes.communities ?? []).map(formatCommunity),
        ...(attributes.extendedCommunities ?? []).map(formatExtendedCommunity),
        ...(attributes.largeCommunities ?? []).map(formatLargeCommunity),
      ]);
    case 'asPath':
    case 'asPathHas':
      return flatAsPath(path).join(' ') || 'an empty path';
    case 'asPathLength':
      return String(asPathLength(path));
    case 'originAsn':
      return String(originAsn(path) ?? 'none');
    case 'originCode':
      return attributes.originCode ?? 'none';
    case 'nextHop':
      return formatAddress(route.nextHop);
    case 'localPreference':
      return String(attributes.localPreference ?? 'none');
    case 'multiExitDiscriminator':
      return String(attributes.multiExitDiscriminator ?? 'none');
    case 'originValidation':
      return context.validation ? originStateOf(route, context) : 'not-found (nobody validates)';
    case 'pathValidation':
      return context.validation ? aspaStateOf(route, context) : 'unknown (nobody verifies)';
    case 'anyOf':
      return 'none of them';
    case 'not':
      return 'just that';
    default:
      return unreachable(condition);
  }
}

function list(texts: readonly string[] | undefined): string {
  return texts === undefined || texts.length === 0 ? 'none' : texts.join(' ');
}

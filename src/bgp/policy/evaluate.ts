/**
 * Runs a policy on a route: the terms in order, until one decides, with the name of the one that did.
 *
 * Why terms go on after an action: `prepend for these prefixes` and `accept what is ours` are two thoughts; a term without
 * a verdict changes the route and leaves the deciding to those behind it, which see the changed route.
 * A condition with an empty list matches nothing: an empty filter never means "all".
 */
import type { Route } from '../rib/types.ts';
import { compileAction } from './actions.ts';
import { type Condition, compileMatch, looksAtPrefix } from './conditions.ts';
import type { Policy, PolicyContext, PolicyTerm, Verdict } from './types.ts';

export interface PolicyResult {
  readonly verdict: Verdict;
  /** With the actions of all terms applied that matched, up to the deciding one. */
  readonly route: Route;
  /** Whether an action chose the next hop, be it the one that the route had. */
  readonly nextHopSet: boolean;
  /** The term that decided; `undefined` where `otherwise` did. */
  readonly term: string | undefined;
  /** The terms that matched, in order; the deciding one is the last. */
  readonly matched: readonly string[];
  /** Their places in the policy. A path comes out the same for all prefixes for which the same terms matched. */
  readonly places: readonly number[];
}

export interface CompiledPolicy {
  (route: Route, context: PolicyContext): PolicyResult;
  /** False: a path comes out the same whatever its prefix. */
  readonly looksAtPrefix: boolean;
}

export interface CompiledTerm extends Omit<PolicyTerm, 'actions'> {
  readonly conditions: readonly Condition[];
  readonly change: (route: Route, context: PolicyContext) => Route;
}

/** Runs `policy` once. Who runs it often compiles it. Problem codes: as `compilePolicy`. */
export function evaluate(policy: Policy, route: Route, context: PolicyContext): PolicyResult {
  return compilePolicy(policy)(route, context);
}

/** Reads the policy's prefixes and patterns once. Problem codes: those of `compileMatch` and `compileAction`. */
export function compilePolicy(policy: Policy): CompiledPolicy {
  const terms = compileTerms(policy);
  function run(given: Route, context: PolicyContext): PolicyResult {
    let route = given;
    const matched: string[] = [];
    const places: number[] = [];
    for (const [place, { name, conditions, change, verdict }] of terms.entries()) {
      if (!conditions.every(({ holds }) => holds(route, context))) continue;
      matched.push(name);
      places.push(place);
      route = change(route, context);
      if (verdict !== undefined) return result(given, route, { verdict, term: name, matched, places });
    }
    return result(given, route, { verdict: policy.otherwise, term: undefined, matched, places });
  }
  return Object.assign(run, { looksAtPrefix: policy.terms.some(({ match }) => looksAtPrefix(match)) });
}

export function compileTerms(policy: Policy): readonly CompiledTerm[] {
  return policy.terms.map(({ actions = [], ...term }) => {
    const where = `policy term "${term.name}"`;
    const changes = actions.map((action) => compileAction(action, where));
    return {
      ...term,
      conditions: compileMatch(term.match, where),
      change: (route, context) => changes.reduce((changed, change) => change(changed, context), route),
    };
  });
}

/** Only `set-next-hop` puts another object in the place of the next hop. */
function result(given: Route, route: Route, rest: Omit<PolicyResult, 'route' | 'nextHopSet'>): PolicyResult {
  return { ...rest, route, nextHopSet: route.nextHop !== given.nextHop };
}

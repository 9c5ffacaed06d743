/**
 * Runs a policy on a route: the terms in order, until one decides, with the name of the one that did.
 *
 * Why terms go on after an action: `prepend for these prefixes` and `accept what is ours` are two thoughts; a term without
 * a verdict changes the route and leaves the deciding to those behind it, which see the changed route.
 * A condition with an empty list matches nothing: an empty filter never means "all".
 */
import { fail } from '../../base/problem.ts';
import { addressBits, type Prefix, parsePrefix, prefixCovers } from '../../ip/prefix.ts';
import type { LargeCommunity, PathAttributes } from '../message/types.ts';
import { asPathHas, originAsn, prependAsn } from '../rib/as-path.ts';
import { localPeer } from '../rib/decision.ts';
import type { Route } from '../rib/types.ts';
import type { Action, Match, Policy, Verdict } from './types.ts';

export interface PolicyContext {
  /** Whose policy it is: the ASN that prepending puts in front. */
  readonly localAsn: number;
}

export interface PolicyResult {
  readonly verdict: Verdict;
  /** With the actions of all terms applied that matched, up to the deciding one. */
  readonly route: Route;
  /** The term that decided; `undefined` where `otherwise` did. */
  readonly term: string | undefined;
  /** The terms that matched, in order; the deciding one is the last. */
  readonly matched: readonly string[];
}

export type CompiledPolicy = (route: Route, context: PolicyContext) => PolicyResult;

type Condition = (route: Route) => boolean;

/** Runs `policy` once. Who runs it often compiles it. Problem codes: as `compilePolicy`. */
export function evaluate(policy: Policy, route: Route, context: PolicyContext): PolicyResult {
  return compilePolicy(policy)(route, context);
}

/** Reads the policy's prefixes once. Problem codes: `policy.prefix`, `policy.length-range`. */
export function compilePolicy(policy: Policy): CompiledPolicy {
  const terms = policy.terms.map((term) => ({ ...term, conditions: conditionsOf(term.match, term.name) }));
  return (given, context) => {
    let route = given;
    const matched: string[] = [];
    for (const { name, conditions, actions, verdict } of terms) {
      if (!conditions.every((holds) => holds(route))) continue;
      matched.push(name);
      for (const action of actions ?? []) {
        route = { ...route, attributes: apply(action, route.attributes, context) };
      }
      if (verdict !== undefined) return { verdict, route, term: name, matched };
    }
    return { verdict: policy.otherwise, route, term: undefined, matched };
  };
}

function conditionsOf(match: Match, term: string): readonly Condition[] {
  const {
    prefixes,
    family,
    learnedFrom,
    anyCommunity,
    anyLargeCommunity,
    asPathHas: transit,
    originAsn: origins,
  } = match;
  const conditions: (Condition | undefined)[] = [
    family && ((route) => route.prefix.family === family),
    prefixes && prefixCondition(prefixes, term),
    learnedFrom &&
      ((route) => {
        const from = route.source.peer === localPeer ? 'local' : route.source.relation;
        return from !== undefined && learnedFrom.includes(from);
      }),
    anyCommunity && ((route) => route.attributes.communities?.some((one) => anyCommunity.includes(one)) ?? false),
    anyLargeCommunity &&
      ((route) =>
        route.attributes.largeCommunities?.some((one) => anyLargeCommunity.some((other) => same(one, other))) ?? false),
    transit && ((route) => transit.some((asn) => asPathHas(route.attributes.asPath ?? [], asn))),
    origins &&
      ((route) => {
        const origin = originAsn(route.attributes.asPath ?? []);
        return origin !== undefined && origins.includes(origin);
      }),
  ];
  return conditions.filter((condition) => condition !== undefined);
}

function prefixCondition(prefixes: NonNullable<Match['prefixes']>, term: string): Condition {
  const ranges = prefixes.map(({ prefix: text, minLength, maxLength }) => {
    const where = `policy term "${term}"`;
    const prefix = parsePrefix(text);
    if (typeof prefix === 'string') {
      const fix = 'write it as 192.0.2.0/24 or 2001:db8::/48, with no bits set behind the length';
      return fail({ code: 'policy.prefix', what: `${text} is no prefix (${prefix})`, where, fix });
    }
    const min = minLength ?? prefix.length;
    const max = maxLength ?? (minLength === undefined ? prefix.length : addressBits(prefix.family));
    if (min < prefix.length || max < min || max > addressBits(prefix.family)) {
      const fix = `keep ${prefix.length} ≤ minLength ≤ maxLength ≤ ${addressBits(prefix.family)}`;
      return fail({
        code: 'policy.length-range',
        what: `no prefix of ${min} to ${max} bits is in ${text}`,
        where,
        fix,
      });
    }
    return { prefix, min, max };
  });
  const lies = (inner: Prefix): boolean =>
    ranges.some(({ prefix, min, max }) => inner.length >= min && inner.length <= max && prefixCovers(prefix, inner));
  return (route) => lies(route.prefix);
}

function apply(action: Action, attributes: PathAttributes, context: PolicyContext): PathAttributes {
  switch (action.type) {
    case 'set-local-preference':
      return { ...attributes, localPreference: action.value };
    case 'set-multi-exit-discriminator': {
      const { multiExitDiscriminator: _, ...others } = attributes;
      return action.value === undefined ? others : { ...others, multiExitDiscriminator: action.value };
    }
    case 'add-communities':
      return { ...attributes, communities: [...new Set([...(attributes.communities ?? []), ...action.values])] };
    case 'remove-communities': {
      const { communities = [], ...others } = attributes;
      const left = communities.filter((community) => !action.values.includes(community));
      return left.length === 0 ? others : { ...others, communities: left };
    }
    case 'add-large-communities': {
      const before = attributes.largeCommunities ?? [];
      const added = action.values.filter((one) => !before.some((other) => same(one, other)));
      return { ...attributes, largeCommunities: [...before, ...added] };
    }
    case 'prepend':
      return { ...attributes, asPath: prependAsn(attributes.asPath ?? [], context.localAsn, action.count) };
  }
}

function same(a: LargeCommunity, b: LargeCommunity): boolean {
  return a.every((part, index) => part === b[index]);
}

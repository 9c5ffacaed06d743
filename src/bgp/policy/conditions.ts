/**
 * The conditions of a policy's term, one row each: how its value is read once, and how it looks at a route.
 *
 * Why a table: a new condition is its line in `Match` and its row here. A row that is forgotten does not compile.
 */
import { fail } from '../../base/problem.ts';
import { type Address, parseAddress } from '../../ip/address.ts';
import { addressBits, type Prefix, parsePrefix, prefixCovers, prefixOf } from '../../ip/prefix.ts';
import type { AspaState, OriginState } from '../../ip/route-validation.ts';
import type { LargeCommunity } from '../message/types.ts';
import { asPathHas, asPathLength, flatAsPath, originAsn } from '../rib/as-path.ts';
import { localPeer } from '../rib/decision.ts';
import type { Route } from '../rib/types.ts';
import { compileAsPathPattern } from './as-path-pattern.ts';
import { carriesAny, compileCommunityPattern } from './community-pattern.ts';
import type { Match, PolicyContext, Range } from './types.ts';

export type Test = (route: Route, context: PolicyContext) => boolean;

export interface Condition {
  /** Its key in `Match`. */
  readonly name: keyof Match;
  readonly holds: Test;
}

type Compile<K extends keyof Match> = (value: NonNullable<Match[K]>, where: string) => Test;

const table: { readonly [K in keyof Required<Match>]: Compile<K> } = {
  prefixes: prefixTest,
  family: (family) => (route) => route.prefix.family === family,
  learnedFrom: (relations) => (route) => {
    const from = route.source.peer === localPeer ? 'local' : route.source.relation;
    return from !== undefined && relations.includes(from);
  },
  role: (roles) => (route) => route.source.role !== undefined && roles.includes(route.source.role),
  peer: (ids) => (route) => ids.includes(route.source.peer),
  peerAsn: (asns) => (route) => route.source.peer !== localPeer && asns.includes(route.source.asn),
  anyCommunity: (wanted) => (route) => route.attributes.communities?.some((one) => wanted.includes(one)) ?? false,
  anyLargeCommunity: (wanted) => (route) =>
    route.attributes.largeCommunities?.some((one) => wanted.some((other) => sameLarge(one, other))) ?? false,
  communities: (texts, where) => {
    const patterns = texts.map((text) => compileCommunityPattern(text, where));
    return (route) => carriesAny(route.attributes, patterns);
  },
  asPath: (texts, where) => {
    const patterns = texts.map((text) => compileAsPathPattern(text, where));
    return (route, { localAsn }) => {
      const names = { peerAsn: route.source.asn, localAsn };
      return patterns.some((matches) => matches(pathOf(route), names));
    };
  },
  asPathHas: (asns) => (route) => asns.some((asn) => asPathHas(pathOf(route), asn)),
  asPathLength: (range) => (route) => within(asPathLength(pathOf(route)), range),
  originAsn: (asns) => (route) => {
    const origin = originAsn(pathOf(route));
    return origin !== undefined && asns.includes(origin);
  },
  originCode: (codes) => (route) =>
    route.attributes.originCode !== undefined && codes.includes(route.attributes.originCode),
  nextHop: (texts, where) => {
    const ranges = texts.map((text) => addressRange(text, where));
    return (route) => ranges.some((range) => prefixCovers(range, hostPrefix(route.nextHop)));
  },
  localPreference: (range) => (route) => within(route.attributes.localPreference, range),
  multiExitDiscriminator: (range) => (route) => within(route.attributes.multiExitDiscriminator, range),
  originValidation: (states) => (route, context) => states.includes(originStateOf(route, context)),
  pathValidation: (states) => (route, context) => states.includes(aspaStateOf(route, context)),
  anyOf: (matches, where) => {
    const tests = matches.map((match) => all(compileMatch(match, where)));
    return (route, context) => tests.some((holds) => holds(route, context));
  },
  not: (match, where) => {
    const holds = all(compileMatch(match, where));
    return (route, context) => !holds(route, context);
  },
};

/** Problem codes: `policy.condition`, `policy.prefix`, `policy.length-range`, `policy.next-hop` and those of the patterns. */
export function compileMatch(match: Match, where: string): readonly Condition[] {
  return Object.entries(match).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const name = key as keyof Match;
    const compile = table[name] as Compile<keyof Match> | undefined;
    if (compile !== undefined) return { name, holds: compile(value, where) };
    // Data may come from outside: a misspelt condition must not widen a term to all routes.
    const fix = `use one of ${Object.keys(table).join(', ')}`;
    return fail({ code: 'policy.condition', what: `"${key}" is no condition`, where, fix });
  });
}

/** What says something else of each prefix; all other conditions hold for a path whatever its prefix. */
const perPrefix: readonly string[] = ['prefixes', 'originValidation'] satisfies readonly (keyof Match)[];

/** Whether two prefixes with the same path may fare differently. */
export function looksAtPrefix(match: Match): boolean {
  const { anyOf = [], not } = match;
  return (
    Object.entries(match).some(([key, value]) => value !== undefined && perPrefix.includes(key)) ||
    anyOf.some(looksAtPrefix) ||
    (not !== undefined && looksAtPrefix(not))
  );
}

export function all(conditions: readonly Condition[]): Test {
  return (route, context) => conditions.every(({ holds }) => holds(route, context));
}

/** RFC 6811 §2: without a validator no ROA covers anything. */
export function originStateOf(route: Route, { validation }: PolicyContext): OriginState {
  return validation?.originState(route.prefix, originAsn(pathOf(route))) ?? 'not-found';
}

export function aspaStateOf(route: Route, { validation }: PolicyContext): AspaState {
  const path = pathOf(route);
  const { asn, relation, role } = route.source;
  const flat = path.some(({ kind }) => kind === 'set') ? undefined : flatAsPath(path);
  const direction = relation === 'provider' || role === 'provider' ? 'downstream' : 'upstream';
  return validation?.aspaState(flat, asn, direction) ?? 'unknown';
}

function prefixTest(prefixes: NonNullable<Match['prefixes']>, where: string): Test {
  const ranges = prefixes.map(({ prefix: text, minLength, maxLength }) => {
    const prefix = readPrefix(text, where);
    const bits = addressBits(prefix.family);
    const min = minLength ?? prefix.length;
    const max = maxLength ?? (minLength === undefined ? prefix.length : bits);
    if (min >= prefix.length && max >= min && max <= bits) return { prefix, min, max };
    const fix = `keep ${prefix.length} ≤ minLength ≤ maxLength ≤ ${bits}`;
    return fail({ code: 'policy.length-range', what: `no prefix of ${min} to ${max} bits is in ${text}`, where, fix });
  });
  const lies = (inner: Prefix): boolean =>
    ranges.some(({ prefix, min, max }) => inner.length >= min && inner.length <= max && prefixCovers(prefix, inner));
  return (route) => lies(route.prefix);
}

function readPrefix(text: string, where: string): Prefix {
  const prefix = parsePrefix(text);
  if (typeof prefix !== 'string') return prefix;
  const fix = 'write it as 192.0.2.0/24 or 2001:db8::/48, with no bits set behind the length';
  return fail({ code: 'policy.prefix', what: `${text} is no prefix (${prefix})`, where, fix });
}

function addressRange(text: string, where: string): Prefix {
  if (text.includes('/')) return readPrefix(text, where);
  const address = parseAddress(text);
  if (address !== undefined) return hostPrefix(address);
  const fix = 'write an address as 192.0.2.1, or a prefix as 192.0.2.0/24';
  return fail({ code: 'policy.next-hop', what: `${text} is no address and no prefix`, where, fix });
}

function hostPrefix(address: Address): Prefix {
  return prefixOf(address, addressBits(address.family));
}

function within(value: number | undefined, { min = 0, max = Number.POSITIVE_INFINITY }: Range): boolean {
  return value !== undefined && value >= min && value <= max;
}

function pathOf(route: Route) {
  return route.attributes.asPath ?? [];
}

export function sameLarge(a: LargeCommunity, b: LargeCommunity): boolean {
  return a.every((part, index) => part === b[index]);
}

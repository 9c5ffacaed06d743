/**
 * What a policy's term changes about a route, each action read once and then run on many routes.
 *
 * Why: the route that comes in is never touched; an action returns another that shares all that it left alone.
 */
import { unreachable } from '../../base/assert.ts';
import { fail } from '../../base/problem.ts';
import { parseAddress } from '../../ip/address.ts';
import type { LargeCommunity, PathAttributes } from '../message/types.ts';
import { isPrivateAsn, prependAsn, withoutAsns } from '../rib/as-path.ts';
import type { Route } from '../rib/types.ts';
import { type Community, type CommunityPattern, communityOf, compileCommunityPattern } from './community-pattern.ts';
import { sameLarge } from './conditions.ts';
import type { Action, PolicyContext } from './types.ts';

export type Change = (route: Route, context: PolicyContext) => Route;

const maximumMed = 0xffff_ffff;

/** Problem codes: `policy.community`, `policy.community-pattern`, `policy.next-hop`, `policy.action`. */
export function compileAction(action: Action, where: string): Change {
  switch (action.type) {
    case 'set-local-preference':
      return attributes((before) => ({ ...before, localPreference: action.value }));
    case 'set-multi-exit-discriminator':
      return attributes((before) => withMed(before, action.value));
    case 'adjust-multi-exit-discriminator':
      return attributes((before) => {
        const value = (before.multiExitDiscriminator ?? 0) + action.by;
        return withMed(before, Math.min(maximumMed, Math.max(0, value)));
      });
    case 'set-origin-code':
      return attributes((before) => ({ ...before, originCode: action.value }));
    case 'add-communities':
      return attach(action.values.map((value) => ({ kind: 'standard', value })));
    case 'remove-communities':
      return strip([{ standard: (value) => action.values.includes(value) }], []);
    case 'add-large-communities':
      return attach(action.values.map((value) => ({ kind: 'large', value })));
    case 'attach-communities':
      return attach(action.values.map((text) => communityOf(text, where)));
    case 'strip-communities': {
      const patterns = (texts: readonly string[]) => texts.map((text) => compileCommunityPattern(text, where));
      return strip(patterns(action.matching), patterns(action.except ?? []));
    }
    case 'prepend':
      return attributes((before, { localAsn }) => {
        return { ...before, asPath: prependAsn(before.asPath ?? [], action.asn ?? localAsn, action.count) };
      });
    case 'remove-from-as-path': {
      const { asns } = action;
      const goes = asns === 'private' ? isPrivateAsn : (asn: number) => asns.includes(asn);
      return attributes((before) => ({ ...before, asPath: withoutAsns(before.asPath ?? [], goes) }));
    }
    case 'set-next-hop':
      return nextHopChange(action.to, where);
    default:
      return unknownAction(action, where);
  }
}

function attributes(change: (before: PathAttributes, context: PolicyContext) => PathAttributes): Change {
  return (route, context) => ({ ...route, attributes: change(route.attributes, context) });
}

function withMed(before: PathAttributes, value: number | undefined): PathAttributes {
  const { multiExitDiscriminator: _, ...others } = before;
  return value === undefined ? others : { ...others, multiExitDiscriminator: value };
}

function attach(added: readonly Community[]): Change {
  const standard = added.flatMap((one) => (one.kind === 'standard' ? [one.value] : []));
  const extended = added.flatMap((one) => (one.kind === 'extended' ? [one.value] : []));
  const large = added.flatMap((one) => (one.kind === 'large' ? [one.value] : []));
  return attributes((before) => ({
    ...before,
    ...(standard.length > 0 && { communities: [...new Set([...(before.communities ?? []), ...standard])] }),
    ...(extended.length > 0 && {
      extendedCommunities: joined(before.extendedCommunities, extended, (a, b) => a[0] === b[0] && a[1] === b[1]),
    }),
    ...(large.length > 0 && {
      largeCommunities: joined<LargeCommunity>(before.largeCommunities, large, sameLarge),
    }),
  }));
}

/** What is there already is not added again. */
function joined<T>(before: readonly T[] = [], added: readonly T[], same: (a: T, b: T) => boolean): readonly T[] {
  const all = [...before];
  for (const one of added) if (!all.some((other) => same(one, other))) all.push(one);
  return all;
}

/** An attribute of which nothing is left goes away. */
function strip(matching: readonly CommunityPattern[], except: readonly CommunityPattern[]): Change {
  function left<T>(values: readonly T[] | undefined, kind: 'standard' | 'extended' | 'large'): readonly T[] {
    const hits = (patterns: readonly CommunityPattern[], value: T): boolean =>
      patterns.some((pattern) => (pattern[kind] as ((value: T) => boolean) | undefined)?.(value) ?? false);
    const stays = (values ?? []).filter((value) => !hits(matching, value) || hits(except, value));
    return stays.length === values?.length ? values : stays;
  }
  return attributes(({ communities, extendedCommunities, largeCommunities, ...others }) => {
    const [standard, extended, large] = [
      left(communities, 'standard'),
      left(extendedCommunities, 'extended'),
      left(largeCommunities, 'large'),
    ];
    return {
      ...others,
      ...(standard.length > 0 && { communities: standard }),
      ...(extended.length > 0 && { extendedCommunities: extended }),
      ...(large.length > 0 && { largeCommunities: large }),
    };
  });
}

/**
 * The next hop that a policy sets is the one that goes out. `unchanged` says it of the next hop that the route came with, which
 * is why it makes a copy: export tells by the object whether a policy has spoken.
 */
function nextHopChange(to: Extract<Action, { type: 'set-next-hop' }>['to'], where: string): Change {
  if (to === 'unchanged') return (route) => ({ ...route, nextHop: { ...route.nextHop } });
  if (to === 'self') {
    return (route, context) => {
      const nextHop = context.ownNextHop?.(route.prefix.family);
      return nextHop === undefined ? route : { ...route, nextHop: { ...nextHop } };
    };
  }
  const nextHop = parseAddress(to.address);
  if (nextHop !== undefined) return (route) => ({ ...route, nextHop });
  const fix = 'write it as 192.0.2.1 or 2001:db8::1';
  return fail({ code: 'policy.next-hop', what: `${to.address} is no address`, where, fix });
}

/** Data may come from outside, where no compiler has looked. */
function unknownAction(action: never, where: string): never {
  const { type } = action as { type?: unknown };
  if (typeof type !== 'string') unreachable(action);
  return fail({ code: 'policy.action', what: `"${type}" is no action`, where, fix: 'see docs/bgp.md for the actions' });
}

/**
 * Whether two sets of path attributes say the same, so that a peer would hear no difference.
 *
 * Why by hand: it is asked whenever a route is replaced, most often of two that differ in a path or a number, and a text of
 * each would cost more than all else that is done to the route. Communities are sets, so their order does not count.
 */
import { bytesEqual, toHex } from '../../base/bytes.ts';
import { type Address, addressesEqual } from '../../ip/address.ts';
import type { AsPathSegment, PathAttributes } from '../message/types.ts';

type Same<T> = (a: T | undefined, b: T | undefined) => boolean;

/** One row each: an attribute that is added to the type and forgotten here does not compile. Those that differ most often first. */
const rows: { readonly [K in keyof Required<PathAttributes>]: Same<NonNullable<PathAttributes[K]>> } = {
  asPath: both(lists<AsPathSegment>((a, b) => a.kind === b.kind && sameNumbers(a.asns, b.asns))),
  localPreference: identical,
  multiExitDiscriminator: identical,
  originCode: identical,
  communities: sets<number>(identical, (community) => community),
  largeCommunities: sets(sameNumbers, (community) => community.join(':')),
  extendedCommunities: sets(sameNumbers, (community) => community.join(':')),
  atomicAggregate: identical,
  aggregator: both((a, b) => a.asn === b.asn && addressesEqual(a.address, b.address)),
  originatorId: both(addressesEqual),
  clusterList: both(lists<Address>(addressesEqual)),
  onlyToCustomer: identical,
  unknown: sets(
    (a, b) => a.type === b.type && a.flags === b.flags && bytesEqual(a.bytes, b.bytes),
    ({ type, flags, bytes }) => `${type} ${flags} ${toHex(bytes)}`,
  ),
  partial: sets<number>(identical, (type) => type),
};

const checks = Object.entries(rows) as unknown as readonly (readonly [keyof PathAttributes, Same<unknown>])[];

export function attributesEqual(a: PathAttributes, b: PathAttributes): boolean {
  return a === b || checks.every(([key, same]) => a[key] === b[key] || same(a[key], b[key]));
}

/** Whether two announcements of one prefix say the same. */
export function saySame(
  a: { readonly nextHop: Address; readonly attributes: PathAttributes },
  b: { readonly nextHop: Address; readonly attributes: PathAttributes },
): boolean {
  return a === b || (addressesEqual(a.nextHop, b.nextHop) && attributesEqual(a.attributes, b.attributes));
}

function identical(a: unknown, b: unknown): boolean {
  return a === b;
}

function both<T>(same: (a: T, b: T) => boolean): Same<T> {
  return (a, b) => a !== undefined && b !== undefined && same(a, b);
}

function lists<T>(same: (a: T, b: T) => boolean): (a: readonly T[], b: readonly T[]) => boolean {
  return (a, b) => a.length === b.length && a.every((one, index) => same(one, b[index] as T));
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}

/** An empty list is an absent attribute: on the wire both are nothing. `key` is equal for what is the same. */
function sets<T>(same: (a: T, b: T) => boolean, key: (one: T) => string | number): Same<readonly T[]> {
  const inOrder = lists(same);
  return (a = [], b = []) => {
    if (a.length !== b.length || inOrder(a, b)) return a.length === b.length;
    const [keysA, keysB] = [a.map(key).sort(), b.map(key).sort()];
    return keysA.every((one, index) => one === keysB[index]);
  };
}

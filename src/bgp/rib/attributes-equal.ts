/**
 * Whether two sets of path attributes say the same, so that a peer would hear no difference: each as its descriptor compares it, and
 * those without one here.
 */
import { bytesEqual, toHex } from '../../base/bytes.ts';
import { type Address, addressesEqual } from '../../ip/address.ts';
import { type Same, sameSets } from '../message/attribute/same.ts';
import { attributeTable } from '../message/attribute/table.ts';
import type { PathAttributes, UnknownAttribute } from '../message/types.ts';

const sameUnknown = sameSets<UnknownAttribute>(
  (a, b) => a.type === b.type && a.flags === b.flags && bytesEqual(a.bytes, b.bytes),
  ({ type, flags, bytes }) => `${type} ${flags} ${toHex(bytes)}`,
);
const samePartial = sameSets<number>(
  (a, b) => a === b,
  (type) => type,
);

interface Check {
  readonly key: keyof PathAttributes;
  readonly same: Same<unknown>;
}

const checks: readonly Check[] = [
  ...attributeTable.flatMap(({ key, same }) => (same === undefined ? [] : [{ key, same } as Check])),
  { key: 'unknown', same: sameUnknown as Same<unknown> },
  { key: 'partial', same: samePartial as Same<unknown> },
];

export function attributesEqual(a: PathAttributes, b: PathAttributes): boolean {
  return a === b || checks.every(({ key, same }) => a[key] === b[key] || same(a[key], b[key]));
}

/** Whether two announcements of one prefix say the same. */
export function saySame(
  a: { readonly nextHop: Address; readonly attributes: PathAttributes },
  b: { readonly nextHop: Address; readonly attributes: PathAttributes },
): boolean {
  return a === b || (addressesEqual(a.nextHop, b.nextHop) && attributesEqual(a.attributes, b.attributes));
}

/** Withdrawn prefixes of an UPDATE as one list and back, for tests that are about unicast prefixes and not about families. */
import { families, unicastFamily } from '../bgp/message/family/table.ts';
import type { Nlri, Withdrawn } from '../bgp/message/types.ts';

export function withdrawnOf(...prefixes: readonly Nlri[]): readonly Withdrawn[] {
  const all = families.map(({ name: family }) => ({
    family,
    prefixes: prefixes.filter((prefix) => unicastFamily(prefix.family) === family),
  }));
  return all.filter((one) => one.prefixes.length > 0);
}

export function prefixesOf(withdrawn: readonly Withdrawn[]): readonly Nlri[] {
  return withdrawn.flatMap(({ prefixes }) => prefixes);
}

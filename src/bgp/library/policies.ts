/** Policies that need no thought, for the two places of a peer that must have one (RFC 8212). */
import { announceOnly as announceOnlyPrefixes } from '../policy/common.ts';
import type { Policy } from '../policy/types.ts';
import { type PrefixText, toPrefix } from './text.ts';

/** Announces what this speaker itself announces, and nothing that it has heard from others. */
export const announceOwn: Policy = {
  terms: [{ name: 'our own routes', match: { learnedFrom: ['local'] }, verdict: 'accept' }],
  otherwise: 'reject',
};

/** Of our own routes exactly these prefixes, whatever else is announced by mistake. Problem code: `bgp.prefix`. */
export function announceOnly(prefixes: readonly PrefixText[]): Policy {
  return announceOnlyPrefixes(prefixes.map((prefix) => toPrefix(prefix, 'announceOnly')));
}

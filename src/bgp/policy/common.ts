/** Policies that need no thought: accept all, reject all, and announce just these prefixes of ours. */
import { formatPrefix, type Prefix } from '../../ip/prefix.ts';
import type { Policy } from './types.ts';

export const acceptAll: Policy = { terms: [], otherwise: 'accept' };

/** What an external peer without a policy gets and gives (RFC 8212). */
export const rejectAll: Policy = { terms: [], otherwise: 'reject' };

/**
 * Exactly these prefixes, and only where we originate them: a PoP that heard its own prefix from one upstream and told
 * another would leak a route (RFC 7908 §3).
 */
export function announceOnly(prefixes: readonly Prefix[]): Policy {
  const match = {
    prefixes: prefixes.map((prefix) => ({ prefix: formatPrefix(prefix) })),
    learnedFrom: ['local'],
  } as const;
  return { terms: [{ name: 'our own prefixes', match, verdict: 'accept' }], otherwise: 'reject' };
}

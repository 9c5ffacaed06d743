/**
 * Connection collision: two connections of one peering, one opened by each speaker, of which one must go (RFC 4271 §6.8).
 *
 * Why: both speakers decide alone and must decide alike. The RFC's text speaks of "existing" and "new" connections, which
 * the two ends may see in different orders; what both see alike is who opened which. So the connection that the speaker
 * with the higher identifier opened stays, which is what the RFC's rule comes to, and what BIRD and FRR do.
 */
import { assert } from '../../base/assert.ts';
import type { Address } from '../../ip/address.ts';
import type { SessionConfig, Side } from './types.ts';

/** The side that stays. */
export function collisionWinner(config: SessionConfig, peerRouterId: Address): Side {
  const [ours, theirs] = [identifier(config.routerId), identifier(peerRouterId)];
  // Compared as 4-octet unsigned numbers; where they are equal, the larger ASN wins (RFC 6286 §2.3).
  const weAreDominant = ours === theirs ? config.localAsn > config.peerAsn : ours > theirs;
  return weAreDominant ? 'outgoing' : 'incoming';
}

function identifier(routerId: Address): number {
  assert(routerId.family === 4, 'a BGP identifier has 4 octets');
  return routerId.bytes.reduce((number, byte) => number * 256 + byte, 0);
}

/**
 * ONLY_TO_CUSTOMER: a route that has gone down or across once may only go down from there (RFC 9234 §5).
 *
 * Why here and not in policy: roles are what both ends agreed on, so a leak is stopped even where a policy forgot to, and the
 * mark travels with the route to the networks behind. It applies to external peers with a role configured here, whether or
 * not the peer said its own.
 */
import type { BgpRole, PathAttributes } from '../message/types.ts';

export interface RolePeer {
  readonly peerAsn: number;
  /** Our own role towards the peer. */
  readonly role?: BgpRole;
}

/** What the neighbour of a speaker with this role is to it. */
export function oppositeRole(role: BgpRole): BgpRole {
  switch (role) {
    case 'provider':
      return 'customer';
    case 'customer':
      return 'provider';
    case 'route-server':
      return 'route-server-client';
    case 'route-server-client':
      return 'route-server';
    case 'peer':
      return 'peer';
  }
}

/** Why a route that the peer sent is a leak; `undefined` where it is none. */
export function leakFrom({ role, peerAsn }: RolePeer, { onlyToCustomer }: PathAttributes): string | undefined {
  if (role === undefined || onlyToCustomer === undefined) return undefined;
  // Ingress rule 1: it went down before, and our customer sends it up.
  if (role === 'provider' || role === 'route-server') {
    return `it was for customers only since AS ${onlyToCustomer}, and the peer is our ${oppositeRole(role)} (RFC 9234 §5)`;
  }
  // Ingress rule 2: a lateral peer may only send what it marked itself.
  if (role === 'peer' && onlyToCustomer !== peerAsn) {
    return `it was for customers only since AS ${onlyToCustomer}, and the lateral peer is AS ${peerAsn} (RFC 9234 §5)`;
  }
  return undefined;
}

/** The attributes of a usable route as the peer should have marked them: ingress rule 3. */
export function markedOnImport({ role, peerAsn }: RolePeer, attributes: PathAttributes): PathAttributes {
  if (attributes.onlyToCustomer !== undefined) return attributes;
  const goesDownOnly = role === 'customer' || role === 'peer' || role === 'route-server-client';
  return goesDownOnly ? { ...attributes, onlyToCustomer: peerAsn } : attributes;
}

/** Egress rule 2: what is marked goes to customers and to clients of a route server only. */
export function mayTell({ role }: RolePeer, { onlyToCustomer }: PathAttributes): boolean {
  if (role === undefined || onlyToCustomer === undefined) return true;
  return role === 'provider' || role === 'route-server';
}

/** Egress rule 1: towards customers, lateral peers and a route server's clients the mark is set, with the ASN that the peer knows. */
export function markedOnExport({ role }: RolePeer, attributes: PathAttributes, ownAsn: number): PathAttributes {
  if (attributes.onlyToCustomer !== undefined) return attributes;
  const marks = role === 'provider' || role === 'peer' || role === 'route-server';
  return marks ? { ...attributes, onlyToCustomer: ownAsn } : attributes;
}

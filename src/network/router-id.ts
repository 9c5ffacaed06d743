/** A PoP's BGP identifier: as given, else its first IPv4 source address (RFC 6286 §2.1: any IPv4-shaped number unique in the AS). */
import type { PopDocument } from './schema/session.ts';

export function routerIdOf(pop: PopDocument): string | undefined {
  return pop.routerId ?? pop.sessions.find(({ sourceAddress }) => sourceAddress !== undefined)?.sourceAddress;
}

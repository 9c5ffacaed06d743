/** What a session of the network file amounts to in each address family, with the catalogue's values filled in. */
import type { Family } from '../ip/address.ts';
import { findProvider } from './provider/table.ts';
import type { SessionDocument } from './schema/session.ts';

export interface SessionEnds {
  readonly family: Family;
  readonly source: string;
  readonly neighbor: string;
  readonly peerAsn: number;
  readonly multihop: number | undefined;
}

/** One for each family whose source address is given, where the other end is known. */
export function sessionEnds(session: SessionDocument): readonly SessionEnds[] {
  const provider = session.provider === undefined ? undefined : findProvider(session.provider);
  if (session.provider !== undefined && provider === undefined) return [];
  return ([4, 6] as const).flatMap((family) => {
    const source = family === 4 ? session.sourceAddress : session.sourceAddress6;
    const manual = family === 4 ? session.neighborAddress : session.neighborAddress6;
    const neighbor = provider === undefined ? manual : provider.neighbors[family]?.address;
    const peerAsn = provider === undefined ? session.peerAsn : provider.neighbors[family]?.asn;
    if (source === undefined || neighbor === undefined || peerAsn === undefined) return [];
    return [{ family, source, neighbor, peerAsn, multihop: provider?.multihop ?? session.multihop }];
  });
}

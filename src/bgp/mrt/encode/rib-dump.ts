/**
 * A RIB as a dump: its routes by prefix, as the records of one file. Pure; the caller writes them where they belong.
 *
 * A generator, so that a full table is never held as bytes.
 */
import { assert } from '../../../base/assert.ts';
import type { Address } from '../../../ip/address.ts';
import type { Prefix } from '../../../ip/prefix.ts';
import type { PathAttributes } from '../../message/types.ts';
import { ribAttributes } from './attributes.ts';
import { type DumpEntry, type DumpPeer, peerIndexTableRecord, ribRecord } from './records.ts';

export interface DumpRoute {
  readonly peer: DumpPeer;
  readonly attributes: PathAttributes;
  readonly nextHop: Address;
  readonly originatedTime: number;
  readonly pathId?: number;
}

export interface RibToDump {
  /** Seconds since 1970: of every record. */
  readonly time: number;
  readonly collector: Address;
  readonly viewName?: string;
  /** Every peer that a route names, each once, the same objects. */
  readonly peers: readonly DumpPeer[];
  readonly prefixes: Iterable<{ readonly prefix: Prefix; readonly routes: readonly DumpRoute[] }>;
}

export function* dumpRib(rib: RibToDump): Generator<Uint8Array> {
  const indexes = new Map(rib.peers.map((peer, index) => [peer, index]));
  yield peerIndexTableRecord(rib.time, rib);
  let sequence = 0;
  for (const { prefix, routes } of rib.prefixes) {
    const entries = routes.map(
      ({ peer, attributes, nextHop, originatedTime, pathId }): DumpEntry => ({
        peerIndex: indexOf(indexes, peer),
        originatedTime,
        ...(pathId === undefined ? {} : { pathId }),
        attributes: ribAttributes(attributes, nextHop),
      }),
    );
    yield ribRecord(rib.time, { sequence: sequence++, prefix, entries });
  }
}

function indexOf(indexes: ReadonlyMap<DumpPeer, number>, peer: DumpPeer): number {
  const index = indexes.get(peer);
  assert(index !== undefined, 'a route of a peer that is not in the index table');
  return index;
}

/** Our own routes as the decision process sees them: with an empty path, and with a next hop that means "here". */
import type { Prefix } from '../../ip/prefix.ts';
import type { PathAttributes } from '../message/types.ts';
import { localPeer } from '../rib/decision.ts';
import type { LocRib } from '../rib/loc-rib.ts';
import type { PrefixTable } from '../rib/prefix-table.ts';
import type { Path } from '../rib/types.ts';
import type { LocalRoute, SpeakerConfig } from './types.ts';

function localPath({ prefix, attributes }: LocalRoute, { asn, routerId }: SpeakerConfig): Path {
  const all: PathAttributes = { ...attributes, originCode: attributes.originCode ?? 'igp', asPath: [] };
  return {
    source: { peer: localPeer, asn, routerId, address: routerId, external: false },
    nextHop: { family: prefix.family, bytes: new Uint8Array(prefix.family === 4 ? 4 : 16) },
    attributes: all,
  };
}

/** Ours among the candidates of the Loc-RIB. */
export class OwnRoutes {
  readonly #table: PrefixTable;
  readonly #locRib: LocRib;
  readonly #config: SpeakerConfig;
  readonly #ids = new Set<number>();

  constructor(table: PrefixTable, locRib: LocRib, config: SpeakerConfig) {
    this.#table = table;
    this.#locRib = locRib;
    this.#config = config;
  }

  /** Their prefixes, as of now. */
  ids(): readonly number[] {
    return [...this.#ids];
  }

  announce(route: LocalRoute): void {
    const id = this.#table.intern(route.prefix);
    this.#locRib.set(id, localPath(route, this.#config));
    this.#ids.add(id);
  }

  withdraw(prefix: Prefix): void {
    const id = this.#table.find(prefix);
    const own = this.#locRib.ranked(id).find(({ source }) => source.peer === localPeer);
    if (own === undefined) return;
    this.#ids.delete(id);
    this.#locRib.delete(id, own);
  }
}

/** Our own routes as the decision process sees them: with an empty path, and with a next hop that means "here". */
import { unicastFamily } from '../message/family/table.ts';
import type { PathAttributes } from '../message/types.ts';
import { localPeer } from '../rib/decision.ts';
import type { LocRib } from '../rib/loc-rib.ts';
import type { PrefixTable } from '../rib/prefix-table.ts';
import type { Path } from '../rib/types.ts';
import type { LocalRoute, SpeakerConfig } from './types.ts';

function familyOfRoute({ prefix, family = unicastFamily(prefix.family) }: Pick<LocalRoute, 'prefix' | 'family'>) {
  return family;
}

function localPath(route: LocalRoute, { asn, routerId }: SpeakerConfig): Path {
  const { prefix, attributes } = route;
  const all: PathAttributes = { ...attributes, originCode: attributes.originCode ?? 'igp', asPath: [] };
  return {
    family: familyOfRoute(route),
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
    const id = this.#table.intern(route.prefix, familyOfRoute(route));
    this.#locRib.set(id, localPath(route, this.#config));
    this.#ids.add(id);
  }

  withdraw(route: Pick<LocalRoute, 'prefix' | 'family'>): void {
    const id = this.#table.find(route.prefix, familyOfRoute(route));
    const own = this.#locRib.ranked(id).find(({ source }) => source.peer === localPeer);
    if (own === undefined) return;
    this.#ids.delete(id);
    this.#locRib.delete(id, own);
  }
}

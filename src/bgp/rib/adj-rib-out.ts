/**
 * Adj-RIB-Out: what one peer has been told, and the prefixes for which that may no longer be right (RFC 4271 §3.2).
 *
 * Why state and difference, not a queue of updates: whatever happened in between, comparing what the peer knows with what
 * it should know gives the fewest messages. A duplicate is never sent, and only what was announced is withdrawn
 * (RFC 4271 §9.2 asks for no redundant updates). The state is kept until the session ends, because the peer then forgets all.
 */
import { formatAddress } from '../../ip/address.ts';
import { formatPrefix, type Prefix } from '../../ip/prefix.ts';
import { unicastFamily } from '../message/family/table.ts';
import type { AddressFamily, UpdateMessage } from '../message/types.ts';
import { attributesKey, saySame } from './attributes-key.ts';
import type { AdvertisedRoute } from './types.ts';

export class AdjRibOut {
  readonly #told = new Map<string, AdvertisedRoute>();
  #dirty = new Map<string, { readonly prefix: Prefix; readonly resend: boolean }>();

  get size(): number {
    return this.#told.size;
  }

  get(prefix: Prefix): AdvertisedRoute | undefined {
    return this.#told.get(formatPrefix(prefix));
  }

  routes(): Iterable<AdvertisedRoute> {
    return this.#told.values();
  }

  /** What the peer should know of this prefix may have changed. */
  touch(prefix: Prefix): void {
    const key = formatPrefix(prefix);
    if (!this.#dirty.has(key)) this.#dirty.set(key, { prefix, resend: false });
  }

  /** The peer asked to hear everything of this family again (RFC 2918 §4). */
  resend(family: AddressFamily): void {
    for (const [key, { prefix }] of this.#told) {
      if (unicastFamily(prefix.family) === family) this.#dirty.set(key, { prefix, resend: true });
    }
  }

  /** It could not be said after all: the peer has not been told of this prefix. */
  forget(prefix: Prefix): void {
    this.#told.delete(formatPrefix(prefix));
  }

  /**
   * The messages that bring the peer to what `wanted` says of each touched prefix (`undefined`: nothing), withdrawals first.
   * Takes them as told.
   */
  flush(wanted: (prefix: Prefix) => AdvertisedRoute | undefined): readonly UpdateMessage[] {
    const withdrawn: Prefix[] = [];
    const announced: AdvertisedRoute[] = [];
    for (const [key, { prefix, resend }] of this.#dirty) {
      const before = this.#told.get(key);
      const after = wanted(prefix);
      if (after !== undefined) {
        if (!resend && before !== undefined && saySame(before, after)) continue;
        this.#told.set(key, after);
        announced.push(after);
      } else if (this.#told.delete(key)) {
        withdrawn.push(prefix);
      }
    }
    this.#dirty = new Map();
    return [...packWithdrawn(withdrawn), ...packAnnounced(announced)];
  }
}

/** One UPDATE a family. Where it is too long for a message, the codec splits it. */
function packWithdrawn(prefixes: readonly Prefix[]): readonly UpdateMessage[] {
  const groups = Map.groupBy(prefixes, (prefix) => prefix.family).values();
  return Array.from(groups, (withdrawn) => ({ type: 'update', withdrawn, reach: [], attributes: {}, errors: [] }));
}

/** One UPDATE for all prefixes of a family that share next hop and attributes. */
function packAnnounced(routes: readonly AdvertisedRoute[]): readonly UpdateMessage[] {
  const groups = Map.groupBy(routes, (route) =>
    [unicastFamily(route.prefix.family), formatAddress(route.nextHop), attributesKey(route.attributes)].join(' '),
  );
  return Array.from(groups.values(), (group) => {
    const { prefix, nextHop, attributes } = group[0] as AdvertisedRoute;
    const reach = { family: unicastFamily(prefix.family), nextHop, prefixes: group.map((route) => route.prefix) };
    return { type: 'update', withdrawn: [], reach: [reach], attributes, errors: [] };
  });
}

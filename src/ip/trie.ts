/**
 * A map from prefixes to values that answers longest-prefix matches: a binary trie with its one-way paths compressed.
 *
 * Why: forwarding and route lookups ask "which is the longest prefix that holds this address?", which a hash map cannot
 * answer in one step. Path compression bounds the nodes by twice the prefixes, for IPv6's 128 bits, too.
 * Both families live in one trie object, each under its own root. Iteration is in address order, shorter prefixes first.
 */
import type { Address, Family } from './address.ts';
import { addressBits, type Prefix } from './prefix.ts';

export interface TrieEntry<T> {
  readonly prefix: Prefix;
  readonly value: T;
}

interface Node<T> {
  /** What all below share: `length` bits of `bytes`; the bits behind them mean nothing here. */
  readonly bytes: Uint8Array;
  readonly length: number;
  /** Absent on a node that only forks. */
  entry: TrieEntry<T> | undefined;
  zero: Node<T> | undefined;
  one: Node<T> | undefined;
}

export class PrefixTrie<T> {
  readonly #roots: Record<Family, Node<T> | undefined> = { 4: undefined, 6: undefined };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The value of exactly this prefix; `undefined` where there is none. */
  get(prefix: Prefix): T | undefined {
    let found: T | undefined;
    for (const node of this.#path(prefix.family, prefix.bytes, prefix.length)) {
      found = node.length === prefix.length ? node.entry?.value : undefined;
    }
    return found;
  }

  set(prefix: Prefix, value: T): void {
    const entry = { prefix, value };
    const leaf: Node<T> = { bytes: prefix.bytes, length: prefix.length, entry, zero: undefined, one: undefined };
    let parent: Node<T> | undefined;
    let node = this.#roots[prefix.family];
    while (node !== undefined) {
      const shared = commonBits(node.bytes, prefix.bytes, Math.min(node.length, prefix.length));
      if (shared < node.length) {
        this.#attach(prefix.family, parent, leaf.length === shared ? adopt(leaf, node) : fork(shared, node, leaf));
        this.#size++;
        return;
      }
      if (node.length === prefix.length) {
        if (node.entry === undefined) this.#size++;
        node.entry = entry;
        return;
      }
      parent = node;
      node = child(node, prefix.bytes);
    }
    this.#attach(prefix.family, parent, leaf);
    this.#size++;
  }

  /** Whether there was such a prefix. */
  delete(prefix: Prefix): boolean {
    const path = [...this.#path(prefix.family, prefix.bytes, prefix.length)];
    const node = path.pop();
    if (node === undefined || node.length !== prefix.length || node.entry === undefined) return false;
    node.entry = undefined;
    this.#size--;
    const parent = path.pop();
    this.#prune(prefix.family, node, parent);
    // A fork that has lost one of its two branches is no fork any more.
    if (parent !== undefined && parent.entry === undefined) this.#prune(prefix.family, parent, path.pop());
    return true;
  }

  /** The entry of the longest prefix that holds `address`; `undefined` where none does. */
  longestMatch(address: Address): TrieEntry<T> | undefined {
    let best: TrieEntry<T> | undefined;
    for (const node of this.#path(address.family, address.bytes, addressBits(address.family))) {
      best = node.entry ?? best;
    }
    return best;
  }

  /** The entries whose prefixes hold all of `prefix`, shortest first; its own is among them. */
  *covering(prefix: Prefix): Generator<TrieEntry<T>> {
    for (const node of this.#path(prefix.family, prefix.bytes, prefix.length)) {
      if (node.entry !== undefined) yield node.entry;
    }
  }

  /** The entries whose prefixes lie within `prefix`, in address order; its own is among them. */
  *within(prefix: Prefix): Generator<TrieEntry<T>> {
    let node = this.#roots[prefix.family];
    while (node !== undefined && node.length < prefix.length) {
      node = sharesBits(node, prefix.bytes) ? child(node, prefix.bytes) : undefined;
    }
    if (node !== undefined && commonBits(node.bytes, prefix.bytes, prefix.length) === prefix.length) yield* below(node);
  }

  *entries(): Generator<TrieEntry<T>> {
    for (const family of [4, 6] as const) {
      const root = this.#roots[family];
      if (root !== undefined) yield* below(root);
    }
  }

  /** The nodes from the root down that cover the first `length` bits of `bytes`. */
  *#path(family: Family, bytes: Uint8Array, length: number): Generator<Node<T>> {
    let node = this.#roots[family];
    while (node !== undefined && node.length <= length && sharesBits(node, bytes)) {
      yield node;
      if (node.length === length) return;
      node = child(node, bytes);
    }
  }

  #attach(family: Family, parent: Node<T> | undefined, node: Node<T>): void {
    if (parent === undefined) this.#roots[family] = node;
    else if (bitAt(node.bytes, parent.length) === 0) parent.zero = node;
    else parent.one = node;
  }

  /** Takes out a node without a value unless it forks. */
  #prune(family: Family, node: Node<T>, parent: Node<T> | undefined): void {
    if (node.zero !== undefined && node.one !== undefined) return;
    const only = node.zero ?? node.one;
    if (only !== undefined) this.#attach(family, parent, only);
    else if (parent === undefined) this.#roots[family] = undefined;
    else if (parent.zero === node) parent.zero = undefined;
    else parent.one = undefined;
  }
}

function adopt<T>(parent: Node<T>, node: Node<T>): Node<T> {
  if (bitAt(node.bytes, parent.length) === 0) parent.zero = node;
  else parent.one = node;
  return parent;
}

function fork<T>(length: number, a: Node<T>, b: Node<T>): Node<T> {
  return adopt(adopt({ bytes: a.bytes, length, entry: undefined, zero: undefined, one: undefined }, a), b);
}

function child<T>(node: Node<T>, bytes: Uint8Array): Node<T> | undefined {
  return bitAt(bytes, node.length) === 0 ? node.zero : node.one;
}

function* below<T>(node: Node<T>): Generator<TrieEntry<T>> {
  // A stack of our own: recursion by `yield*` would cost each entry the depth of the trie.
  const stack = [node];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.entry !== undefined) yield next.entry;
    if (next.one !== undefined) stack.push(next.one);
    if (next.zero !== undefined) stack.push(next.zero);
  }
}

function bitAt(bytes: Uint8Array, index: number): 0 | 1 {
  return (((bytes[index >>> 3] as number) >>> (7 - (index & 7))) & 1) as 0 | 1;
}

function sharesBits<T>(node: Node<T>, bytes: Uint8Array): boolean {
  return commonBits(node.bytes, bytes, node.length) === node.length;
}

/** How many leading bits `a` and `b` share, at most `limit`. */
function commonBits(a: Uint8Array, b: Uint8Array, limit: number): number {
  for (let index = 0; index * 8 < limit; index++) {
    const difference = (a[index] as number) ^ (b[index] as number);
    if (difference !== 0) return Math.min(limit, index * 8 + Math.clz32(difference) - 24);
  }
  return limit;
}

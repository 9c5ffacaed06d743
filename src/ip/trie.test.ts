import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Address, Family } from './address.ts';
import {
  addressBits,
  formatPrefix,
  mustPrefix,
  type Prefix,
  prefixContains,
  prefixCovers,
  prefixOf,
} from './prefix.ts';
import { PrefixTrie } from './trie.ts';

/** Few distinct bytes, so that prefixes nest and share long paths. */
const address: fc.Arbitrary<Address> = fc.constantFrom<Family>(4, 6).chain((family) =>
  fc
    .array(fc.constantFrom(0, 1, 128, 255), {
      minLength: addressBits(family) / 8,
      maxLength: addressBits(family) / 8,
    })
    .map((bytes) => ({ family, bytes: Uint8Array.from(bytes) })),
);
const prefix = fc
  .tuple(address, fc.oneof(fc.nat(128), fc.nat(12)))
  .map(([where, length]) => prefixOf(where, Math.min(length, addressBits(where.family))));
const operations = fc.array(fc.tuple(fc.constantFrom('set', 'set', 'delete'), prefix), { maxLength: 60 });

/** The same operations on the trie and on a plain map of text to prefix and value. */
function build(steps: readonly (readonly [string, Prefix])[]) {
  const trie = new PrefixTrie<number>();
  const model = new Map<string, { prefix: Prefix; value: number }>();
  for (const [index, [kind, at]] of steps.entries()) {
    if (kind === 'set') {
      trie.set(at, index);
      model.set(formatPrefix(at), { prefix: at, value: index });
    } else {
      assert.equal(trie.delete(at), model.delete(formatPrefix(at)));
    }
    assert.equal(trie.size, model.size);
  }
  return { trie, model };
}

const texts = (entries: Iterable<{ prefix: Prefix; value: number }>): string[] =>
  [...entries].map((entry) => `${formatPrefix(entry.prefix)}=${entry.value}`);

test('the trie holds what a map would', () => {
  fc.assert(
    fc.property(operations, prefix, (steps, other) => {
      const { trie, model } = build(steps);
      assert.deepEqual(texts(trie.entries()).sort(), texts(model.values()).sort());
      for (const entry of model.values()) assert.equal(trie.get(entry.prefix), entry.value);
      assert.equal(trie.get(other), model.get(formatPrefix(other))?.value);
    }),
  );
});

test('the longest match is that of brute force', () => {
  fc.assert(
    fc.property(operations, address, (steps, where) => {
      const { trie, model } = build(steps);
      const best = [...model.values()]
        .filter((entry) => prefixContains(entry.prefix, where))
        .sort((a, b) => b.prefix.length - a.prefix.length)[0];
      assert.deepEqual(trie.longestMatch(where), best);
    }),
  );
});

test('covering and within are those of brute force, in order', () => {
  fc.assert(
    fc.property(operations, prefix, (steps, at) => {
      const { trie, model } = build(steps);
      const all = [...model.values()];
      const covering = all.filter((entry) => prefixCovers(entry.prefix, at));
      assert.deepEqual(texts(trie.covering(at)), texts(covering.sort((a, b) => a.prefix.length - b.prefix.length)));
      const within = all.filter((entry) => prefixCovers(at, entry.prefix));
      assert.deepEqual(texts(trie.within(at)), texts(within.sort(inAddressOrder)));
    }),
  );
});

function inAddressOrder(a: { prefix: Prefix }, b: { prefix: Prefix }): number {
  return Buffer.compare(a.prefix.bytes, b.prefix.bytes) || a.prefix.length - b.prefix.length;
}

test('families do not mix, and a default route matches last', () => {
  const trie = new PrefixTrie<string>();
  for (const text of ['0.0.0.0/0', '192.0.2.0/24', '::/0']) trie.set(mustPrefix(text), text);
  const at = (text: string): string | undefined => trie.longestMatch(mustPrefix(text))?.value;
  assert.equal(at('192.0.2.1/32'), '192.0.2.0/24');
  assert.equal(at('192.0.3.1/32'), '0.0.0.0/0');
  assert.equal(at('c000:0200::/128'), '::/0');
});

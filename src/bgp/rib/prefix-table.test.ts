import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../base/bytes.ts';
import { seededRandom } from '../../base/random.ts';
import { formatPrefix, mustPrefix, type Prefix, prefixOf } from '../../ip/prefix.ts';
import { PrefixTrie } from '../../ip/trie.ts';
import { address } from '../../testing/bgp-routes.ts';
import { unicastFamily } from '../message/family/table.ts';
import { Column } from './column.ts';
import { PrefixTable } from './prefix-table.ts';

const makeTable = (): PrefixTable => new PrefixTable(seededRandom(1));

/** Few bits in few places, so that prefixes meet, cover one another and come back. */
const anyPrefix: fc.Arbitrary<Prefix> = fc.oneof(
  fc
    .tuple(fc.constantFrom(0, 10, 192, 255), fc.nat(3), fc.constantFrom(0, 1, 8, 9, 16, 24, 31, 32))
    .map(([a, b, length]) => prefixOf({ family: 4, bytes: Uint8Array.of(a, b << 6, b, 255 * (b & 1)) }, length)),
  fc
    .tuple(fc.constantFrom(0, 0x20), fc.nat(3), fc.constantFrom(0, 3, 32, 33, 48, 64, 96, 97, 127, 128))
    .map(([a, b, length]) => {
      const bytes = new Uint8Array(16).fill(b);
      bytes[0] = a;
      return prefixOf({ family: 6, bytes }, length);
    }),
);

test('a column over the table is a map from prefixes, whatever comes and goes', () => {
  const change = fc.tuple(anyPrefix, fc.option(fc.nat(9), { nil: undefined }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 120 }), anyPrefix, (changes, asked) => {
      const table = makeTable();
      const column = new Column<number>(table);
      const model = new Map<string, number>();
      const trie = new PrefixTrie<number>();
      for (const [prefix, value] of changes) {
        if (value === undefined) {
          column.delete(table.find(prefix, unicastFamily(prefix.family)));
          model.delete(formatPrefix(prefix));
          trie.delete(prefix);
        } else {
          column.set(table.intern(prefix, unicastFamily(prefix.family)), value);
          model.set(formatPrefix(prefix), value);
          trie.set(prefix, value);
        }
      }
      assert.equal(table.size, model.size);
      assert.equal(column.size, model.size);
      const ids = table.sort(column.ids());
      const entries = Array.from(ids, (id) => [formatPrefix(table.prefix(id)), column.get(id)]);
      assert.deepEqual(
        entries,
        Array.from(trie.entries(), ({ prefix, value }) => [formatPrefix(prefix), value]),
      );
      for (const [prefix] of changes)
        assert.equal(column.get(table.find(prefix, unicastFamily(prefix.family))), model.get(formatPrefix(prefix)));
      const longest = table.longestMatch(asked, (id) => column.get(id) !== undefined);
      assert.equal(column.get(longest), trie.longestMatch(asked)?.value);
    }),
  );
});

test('a prefix goes to the wire and comes from it, and bits behind its length mean nothing', () => {
  fc.assert(
    fc.property(anyPrefix, fc.nat(255), (prefix, noise) => {
      const table = makeTable();
      const id = table.intern(prefix, unicastFamily(prefix.family));
      const writer = new ByteWriter().u8(7);
      table.writeNlri(id, writer);
      const bytes = writer.finish();
      assert.equal(bytes.length - 1, table.nlriBytes(id));
      const rest = prefix.length % 8;
      const last = bytes.length - 1;
      if (rest > 0) bytes[last] = (bytes[last] as number) | (noise >> rest);
      assert.equal(table.findNlri(unicastFamily(prefix.family), bytes, 1), id);
      assert.equal(table.internNlri(unicastFamily(prefix.family), bytes, 1), id);
      assert.deepEqual(table.prefix(id), prefix);
    }),
  );
});

test('a number is given out again when no column uses it, and its prefix can be asked until then', () => {
  const table = makeTable();
  const [one, two] = [new Column<string>(table), new Column<string>(table)];
  const id = table.intern(mustPrefix('192.0.2.0/24'), 'ipv4-unicast');
  one.set(id, 'a');
  two.set(id, 'b');
  one.set(id, 'c');
  one.delete(id);
  one.delete(id);
  assert.equal(table.find(mustPrefix('192.0.2.0/24'), 'ipv4-unicast'), id, 'the other column has it');
  two.delete(id);
  assert.equal(table.find(mustPrefix('192.0.2.0/24'), 'ipv4-unicast'), -1);
  assert.equal(formatPrefix(table.prefix(id)), '192.0.2.0/24');
  assert.equal(table.intern(mustPrefix('2001:db8::/32'), 'ipv6-unicast'), id);
  assert.equal(formatPrefix(table.prefix(id)), '2001:db8::/32');
});

test('a large table grows, is found, and gives all back when it is withdrawn', () => {
  const table = makeTable();
  const column = new Column<number>(table);
  const nth = (index: number): Prefix =>
    prefixOf({ family: 4, bytes: Uint8Array.of(10 + (index >> 16), index >> 8, index, 0) }, 24);
  for (let index = 0; index < 50_000; index++) column.set(table.intern(nth(index), 'ipv4-unicast'), index);
  for (let index = 0; index < 50_000; index += 7)
    assert.equal(column.get(table.find(nth(index), 'ipv4-unicast')), index);
  column.clear();
  assert.deepEqual([table.size, column.size, column.ids().length], [0, 0, 0]);
  column.set(table.intern(nth(3), 'ipv4-unicast'), 3);
  assert.equal(table.find(nth(3), 'ipv4-unicast'), 0, 'numbers begin anew');
  assert.equal(
    table.longestMatch(address('10.0.3.4'), () => true),
    0,
  );
});

test('a prefix under a family of other addresses is a bug', () => {
  const table = makeTable();
  assert.throws(() => table.intern(mustPrefix('::/0'), 'ipv4-unicast'), /bug:.*IPv6/);
  assert.throws(() => table.find(mustPrefix('0.0.0.0/0'), 'ipv6-unicast'), /bug:.*IPv4/);
  assert.equal(table.size, 0);
});

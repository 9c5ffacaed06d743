/** Reading MRT streams: damage is told and skipped, chunks do not matter, nothing throws or hangs, filters match. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '../../../base/random.ts';
import { parseAddress } from '../../../ip/address.ts';
import { mustPrefix } from '../../../ip/prefix.ts';
import { jsonOf, linesOf, rawRecord } from '../../../testing/mrt.ts';
import { randomMrt } from '../../../testing/mrt-random.ts';
import { type FilterRules, makeFilter } from './filter.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(/[^0-9a-f]/g, ''), 'hex');

/** ORIGIN IGP, AS_PATH 64500 174, NEXT_HOP 192.0.2.1. */
const attributes = hex('40010100 40020a0202 0000fbf4 000000ae 400304 c0000201');
const peers = rawRecord(
  13,
  1,
  hex('0a000001 0000 0002 02 0a000001 0a000001 0000fbf4 03 0a000002 20010db8000000000000000000000009 0000fbf5'),
);

function rib(prefix: string, entries: readonly (readonly [peer: number, attributes: Uint8Array])[]): Uint8Array {
  const { bytes, length, family } = mustPrefix(prefix);
  const parts = entries.map(([peer, block]) =>
    Buffer.concat([Buffer.from([0, peer, 0x65, 0, 0, 0, block.length >> 8, block.length & 0xff]), block]),
  );
  const head = Buffer.concat([hex('00000001'), Buffer.from([length]), bytes.subarray(0, (length + 7) >> 3)]);
  return rawRecord(13, family === 4 ? 2 : 4, Buffer.concat([head, Buffer.from([0, entries.length]), ...parts]));
}

const line = (prefix: string): string =>
  `TABLE_DUMP2|1700000000|B|10.0.0.1|64500|${prefix}|64500 174|IGP|192.0.2.1|0|0||NAG||`;
const good = rib('10.0.0.0/8', [[0, attributes]]);

describe('damage', () => {
  const cases: readonly {
    name: string;
    stream: readonly Uint8Array[];
    lines: readonly string[];
    faults: readonly [number, RegExp][];
  }[] = [
    {
      name: 'a record cut short by the end',
      stream: [peers, good, good.subarray(0, -1)],
      lines: [line('10.0.0.0/8')],
      faults: [[peers.length + good.length, /ends inside a record: \d+ bytes, it claims \d+/]],
    },
    {
      name: 'half a header',
      stream: [peers, good, good.subarray(0, 5)],
      lines: [line('10.0.0.0/8')],
      faults: [[peers.length + good.length, /5 bytes, a header has 12/]],
    },
    {
      name: 'bytes between records',
      stream: [peers, Buffer.from('garbage that is no header'), good, good],
      lines: [line('10.0.0.0/8'), line('10.0.0.0/8')],
      faults: [[peers.length, /no record begins here/]],
    },
    {
      name: 'a length that no record has',
      stream: [peers, rawRecord(13, 2, new Uint8Array(0)).fill(0xff, 8), good],
      lines: [line('10.0.0.0/8')],
      faults: [[peers.length, /length 4294967295/]],
    },
    {
      name: 'an entry whose attributes cannot be read: the others are shown',
      stream: [
        peers,
        rib('10.0.0.0/8', [
          [0, hex('40010100 4002')],
          [0, attributes],
          [7, attributes],
        ]),
      ],
      lines: [line('10.0.0.0/8')],
      faults: [
        [peers.length, /entry 0: the path attributes are cut short/],
        [peers.length, /entry 2: there is no peer 7, the index table has 2/],
      ],
    },
    {
      name: 'more entries than there are',
      stream: [peers, rawRecord(13, 2, hex('00000001 08 0a 0003')), good],
      lines: [line('10.0.0.0/8')],
      faults: [[peers.length, /entry 0 of 3 is cut short/]],
    },
    {
      name: 'routes before the peers',
      stream: [good, peers, good],
      lines: [line('10.0.0.0/8')],
      faults: [[0, /without a peer index table/]],
    },
    {
      name: 'a damaged index table: no routes of the wrong peers',
      stream: [peers, rawRecord(13, 1, hex('0a000001 0000 0002 02')), good],
      lines: [],
      faults: [
        [peers.length, /index table is cut short/],
        [peers.length + 12 + 9, /without a peer index table/],
      ],
    },
    {
      name: 'a prefix longer than its family',
      stream: [peers, rawRecord(13, 2, hex('00000001 21 0a0000000a 0000'))],
      lines: [],
      faults: [[peers.length, /a prefix of 33 bits/]],
    },
    {
      name: 'a message without a marker, one that claims too much, one of a type that is none',
      stream: [
        rawRecord(16, 4, hex(`0000fbf4 0000fbf5 0000 0001 0a000001 0a000002 ${'fe'.repeat(16)} 0013 04`)),
        rawRecord(16, 4, hex(`0000fbf4 0000fbf5 0000 0001 0a000001 0a000002 ${'ff'.repeat(16)} 0014 04`)),
        rawRecord(16, 4, hex(`0000fbf4 0000fbf5 0000 0001 0a000001 0a000002 ${'ff'.repeat(16)} 0013 09`)),
      ],
      lines: [],
      faults: [
        [0, /no marker/],
        [51, /claims 20 bytes, the record has 19/],
        [102, /type 9/],
      ],
    },
  ];
  for (const { name, stream, lines, faults } of cases) {
    test(name, () => {
      const all = Buffer.concat(stream);
      for (const chunkBytes of [all.length, 1, 7]) {
        const printed = linesOf(all, { chunkBytes });
        assert.deepEqual(printed.lines, lines);
        assert.deepEqual(
          printed.faults.map(({ offset }) => offset),
          faults.map(([offset]) => offset),
        );
        for (const [index, [, what]] of faults.entries()) assert.match(printed.faults[index]?.what ?? '', what);
      }
    });
  }
});

test('chunks do not matter', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const stream = randomMrt(seed, 30);
    const whole = linesOf(stream);
    const chunkBytes = 1 + seededRandom(seed).below(200);
    assert.deepEqual(linesOf(stream, { chunkBytes }), whole, `seed ${seed}, chunks of ${chunkBytes}`);
  }
});

test('whatever the bytes: no exception, no line without an end, and what is left of the file is read', () => {
  const seeds = Number(process.env.MRT_FUZZ ?? 1500);
  for (let seed = 1; seed <= seeds; seed++) {
    const random = seededRandom(seed);
    const stream = Buffer.from(randomMrt(seed, 8));
    const mutations = 1 + random.below(6);
    for (let count = 0; count < mutations; count++) {
      const at = random.below(stream.length);
      if (random.below(4) === 0) stream.fill(random.below(256), at, Math.min(stream.length, at + random.below(20)));
      else stream[at] = random.below(2) === 0 ? random.below(256) : (stream[at] as number) ^ (1 << random.below(8));
    }
    const cut = random.below(3) === 0 ? stream.subarray(0, random.below(stream.length)) : stream;
    const printed = linesOf(cut);
    for (const text of printed.lines)
      assert.match(text, /^[A-Z0-9_]+\|\d+(\.\d{6,})?\|(A|B|W|STATE)\|[0-9a-f.:]+\|\d+\|/, `seed ${seed}`);
    const json = jsonOf(cut);
    assert.deepEqual(json.faults, printed.faults, `seed ${seed}`);
  }
});

describe('filters', () => {
  const set = hex('400101 00 4002 14 0202 0000fbf4 000000ae 0102 0000fbf0 00011170 400304 c0000201');
  const stream = Buffer.concat([
    peers,
    rib('10.0.0.0/8', [
      [0, attributes],
      [1, attributes],
    ]),
    rib('10.1.0.0/16', [[0, set]]),
    rib('10.1.2.0/24', [[1, attributes]]),
    rib('2001:db8::/32', [[0, attributes]]),
  ]);
  const none: FilterRules = { prefixes: [], originAsns: [], peers: [] };
  const prefixes = (rules: Partial<FilterRules>): string[] => {
    const filter = makeFilter({ ...none, ...rules });
    return linesOf(stream, filter === undefined ? {} : { filter }).lines.map((text) => text.split('|')[5] as string);
  };
  const by = (match: 'exact' | 'within' | 'covering', text: string): Partial<FilterRules> => ({
    prefixes: [{ prefix: mustPrefix(text), match }],
  });
  const cases: readonly [string, Partial<FilterRules>, string[]][] = [
    ['none', {}, ['10.0.0.0/8', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '2001:db8::/32']],
    ['exactly', by('exact', '10.1.0.0/16'), ['10.1.0.0/16']],
    ['within', by('within', '10.1.0.0/16'), ['10.1.0.0/16', '10.1.2.0/24']],
    ['within, not on a byte', by('within', '10.0.0.0/7'), ['10.0.0.0/8', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24']],
    ['not within', by('within', '12.0.0.0/7'), []],
    ['covering', by('covering', '10.1.2.0/23'), ['10.0.0.0/8', '10.0.0.0/8', '10.1.0.0/16']],
    ['IPv6', by('within', '2001:d00::/24'), ['2001:db8::/32']],
    ['origin AS', { originAsns: [174] }, ['10.0.0.0/8', '10.0.0.0/8', '10.1.2.0/24', '2001:db8::/32']],
    ['origin AS in a set', { originAsns: [70000] }, ['10.1.0.0/16']],
    ['not the first AS', { originAsns: [64500] }, []],
    ['peer by AS', { peers: [64501] }, ['10.0.0.0/8', '10.1.2.0/24']],
    ['peer by address', { peers: [parseAddress('10.0.0.1') as never] }, ['10.0.0.0/8', '10.1.0.0/16', '2001:db8::/32']],
    ['peer by IPv6 address', { peers: [parseAddress('2001:db8::9') as never] }, ['10.0.0.0/8', '10.1.2.0/24']],
    [
      'all kinds must match',
      { ...by('within', '10.0.0.0/8'), originAsns: [174], peers: [64501] },
      ['10.0.0.0/8', '10.1.2.0/24'],
    ],
  ];
  for (const [name, rules, expected] of cases) test(name, () => assert.deepEqual(prefixes(rules), expected));

  test('updates: withdrawals and states have no origin, states no prefix', () => {
    const updates = Buffer.concat([
      rawRecord(16, 5, hex('0000fbf4 0000fbf5 0000 0001 0a000001 0a000002 0006 0001')),
      rawRecord(
        16,
        4,
        hex(
          `0000fbf4 0000fbf5 0000 0001 0a000001 0a000002 ${'ff'.repeat(16)} 0034 02 0002 08 0a 0018 ${Buffer.from(attributes).toString('hex')} 10 0a01`,
        ),
      ),
    ]);
    const kinds = (rules: Partial<FilterRules>): string[] => {
      const filter = makeFilter({ ...none, ...rules });
      return linesOf(updates, filter && { filter }).lines.map((text) => text.split('|')[2] as string);
    };
    assert.deepEqual(kinds({}), ['STATE', 'W', 'A']);
    assert.deepEqual(kinds({ peers: [64500] }), ['STATE', 'W', 'A']);
    assert.deepEqual(kinds(by('within', '10.0.0.0/8')), ['W', 'A']);
    assert.deepEqual(kinds(by('exact', '10.0.0.0/8')), ['W']);
    assert.deepEqual(kinds({ originAsns: [174] }), ['A']);
    assert.deepEqual(kinds({ peers: [1] }), []);
  });
});

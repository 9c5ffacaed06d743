/** Joining 2-octet and 4-octet paths, by the cases of RFC 6793 §4.2.3. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AsPathSegment } from '../types.ts';
import { mergeAs4, withAs4 } from './as4-merge.ts';

const address = { family: 4, bytes: Uint8Array.of(192, 0, 2, 1) } as const;
const newAs = 4200000000;

function sequence(...asns: number[]): AsPathSegment {
  return { kind: 'sequence', asns };
}
function set(...asns: number[]): AsPathSegment {
  return { kind: 'set', asns };
}

for (const [name, asPath, as4Path, expected] of [
  ['as long: AS4_PATH', [sequence(23456, 1)], [sequence(newAs, 1)], [sequence(newAs, 1)]],
  ['two ASes more: they stay in front', [sequence(7, 8, 23456, 1)], [sequence(newAs, 1)], [sequence(7, 8, newAs, 1)]],
  ['shorter: AS4_PATH is old', [sequence(1)], [sequence(newAs, 1)], [sequence(1)]],
  [
    'a set counts as one',
    [sequence(7), set(1, 23456), sequence(1)],
    [set(1, newAs), sequence(1)],
    [sequence(7), set(1, newAs), sequence(1)],
  ],
  ['a set in front stays whole', [set(7, 8), sequence(23456)], [sequence(newAs)], [set(7, 8), sequence(newAs)]],
  ['nothing in AS4_PATH', [sequence(1, 2)], [], [sequence(1, 2)]],
] as const) {
  test(name, () => assert.deepEqual(mergeAs4({ asPath, as4Path }), { asPath: expected }));
}

test('an AGGREGATOR that is not AS_TRANS makes both AS4 attributes old', () => {
  const aggregator = { asn: 1, address };
  const asPath = [sequence(23456)];
  const old = { as4Path: [sequence(newAs)], as4Aggregator: { asn: newAs, address } };
  assert.deepEqual(mergeAs4({ asPath, aggregator, ...old }), { asPath, aggregator });
  assert.deepEqual(mergeAs4({ asPath, aggregator: { asn: 23456, address }, ...old }), {
    asPath: old.as4Path,
    aggregator: old.as4Aggregator,
  });
});

test('an AS4_AGGREGATOR without AGGREGATOR is left out', () => {
  assert.deepEqual(mergeAs4({ as4Aggregator: { asn: newAs, address } }), {});
});

test('AS4 attributes go only to peers of 2 octets, and only where needed', () => {
  const attributes = { asPath: [sequence(newAs)], aggregator: { asn: newAs, address } };
  const context = { external: true, families: [] };
  assert.deepEqual(withAs4(attributes, { ...context, fourOctetAsn: true }), attributes);
  const added = { as4Path: attributes.asPath, as4Aggregator: attributes.aggregator };
  assert.deepEqual(withAs4(attributes, { ...context, fourOctetAsn: false }), { ...attributes, ...added });
  const small = { asPath: [sequence(23456)], aggregator: { asn: 65535, address } };
  assert.deepEqual(withAs4(small, { ...context, fourOctetAsn: false }), small);
});

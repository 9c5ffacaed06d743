/** The family table: numbers there and back, and addresses that no packet can be sent to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, parseAddress } from '../../../ip/address.ts';
import { isHost } from './next-hop.ts';
import { families, familyByNumbers, familyOf, unicastFamily } from './table.ts';

test('each family is found by its name and by its numbers, which are its own', () => {
  for (const family of families) {
    assert.equal(familyOf(family.name), family);
    assert.equal(familyByNumbers(family), family);
    assert.equal(families.filter(({ name }) => name === family.name).length, 1);
  }
  assert.equal(familyByNumbers({ afi: 1, safi: 128 }), undefined);
  assert.equal(familyByNumbers({ afi: 25, safi: 65 }), undefined);
});

test('the numbers are those of IANA', () => {
  assert.deepEqual(
    families.map(({ name, afi, safi, ipFamily }) => [name, afi, safi, ipFamily]),
    [
      ['ipv4-unicast', 1, 1, 4],
      ['ipv6-unicast', 2, 1, 6],
    ],
  );
  for (const { name, ipFamily } of families) assert.equal(unicastFamily(ipFamily), name);
});

for (const [text, expected] of [
  ['192.0.2.1', true],
  ['127.0.0.1', true], // a lab on one machine
  ['0.0.0.0', false],
  ['0.1.2.3', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['2001:db8::1', true],
  ['fe80::1', true],
  ['::1', true],
  ['::', false],
  ['ff02::1', false],
] as const) {
  test(`${text} ${expected ? 'may' : 'may not'} be a next hop`, () => {
    const address = parseAddress(text) as Address;
    assert.equal(isHost(address), expected);
  });
}

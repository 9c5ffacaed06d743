/** What `--json` says of a route: our own names, the path joined rightly, what is unknown as hex. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustPrefix } from '../../../ip/prefix.ts';
import { address } from '../../../testing/bgp-routes.ts';
import { jsonOf, rawRecord } from '../../../testing/mrt.ts';
import { messageRecord, stateChangeRecord } from '../encode/records.ts';
import { dumpRib } from '../encode/rib-dump.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[^0-9a-f]/g, ''), 'hex');
const ends = {
  peer: { address: address('10.0.0.1'), asn: 64500 },
  local: { address: address('10.0.0.2'), asn: 64501 },
};

function update(attributes: string, nlri: string, withdrawn = ''): Buffer {
  const [first, second, third] = [hex(withdrawn), hex(attributes), hex(nlri)];
  const length = 23 + first.length + second.length + third.length;
  const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
  return Buffer.concat([
    Buffer.alloc(16, 0xff),
    u16(length),
    Buffer.from([2]),
    u16(first.length),
    first,
    u16(second.length),
    second,
    third,
  ]);
}

test('a dump that we write is read with all that was in it', () => {
  const peer = { routerId: address('10.9.0.1'), address: address('2001:db8::9'), asn: 4_200_000_000 };
  const attributes = {
    originCode: 'igp',
    asPath: [
      { kind: 'sequence', asns: [4_200_000_000, 174] },
      { kind: 'set', asns: [1, 2] },
    ],
    multiExitDiscriminator: 5,
    localPreference: 100,
    atomicAggregate: true,
    aggregator: { asn: 65536, address: address('192.0.2.7') },
    communities: [0xffffff01, 64500 * 0x10000 + 7],
    largeCommunities: [[64500, 1, 2]],
    unknown: [{ type: 99, flags: 0xe0, bytes: Uint8Array.of(1, 2) }],
  } as const;
  const route = (nextHop: string) => ({
    peer,
    attributes,
    nextHop: address(nextHop),
    originatedTime: 1_600_000_000,
    pathId: 7,
  });
  const records = dumpRib({
    time: 1_700_000_000,
    collector: address('10.0.0.1'),
    peers: [peer],
    prefixes: [
      { prefix: mustPrefix('192.0.2.0/24'), routes: [route('192.0.2.1')] },
      { prefix: mustPrefix('2001:db8::/32'), routes: [route('2001:db8::1')] },
    ],
  });
  const { objects, faults } = jsonOf(Buffer.concat([...records]));
  assert.deepEqual(faults, []);
  const expected = (prefix: string, nextHop: string) => ({
    type: 'rib',
    time: 1_700_000_000,
    peer: { address: '2001:db8::9', asn: 4_200_000_000 },
    prefix,
    pathId: 7,
    originatedTime: 1_600_000_000,
    attributes: {
      ...attributes,
      nextHop,
      aggregator: { asn: 65536, address: '192.0.2.7' },
      communities: ['65535:65281', '64500:7'],
      largeCommunities: ['64500:1:2'],
      unknown: [{ type: 99, flags: 0xe0, hex: '0102' }],
    },
  });
  assert.deepEqual(objects, [expected('192.0.2.0/24', '192.0.2.1'), expected('2001:db8::/32', '2001:db8::1')]);
});

test('updates and states that we write', () => {
  const message = update('40010100 4002060201 0000fbf4 400304 c0000201', '18 c00002', '08 0a');
  const stream = Buffer.concat([
    stateChangeRecord(1_700_000_000, { ...ends, oldState: 5, newState: 6 }),
    messageRecord(1_700_000_001, { ...ends, message, microseconds: 42 }),
    messageRecord(1_700_000_002, { ...ends, message, sent: true }),
  ]);
  const { objects, faults } = jsonOf(stream);
  assert.deepEqual(faults, []);
  const peer = { address: '10.0.0.1', asn: 64500 };
  const local = { address: '10.0.0.2', asn: 64501 };
  const attributes = { asPath: [{ kind: 'sequence', asns: [64500] }], nextHop: '192.0.2.1', originCode: 'igp' };
  assert.deepEqual(objects, [
    { type: 'state', time: 1_700_000_000, peer, local, from: 'openconfirm', to: 'established' },
    { type: 'withdraw', time: 1_700_000_001, microseconds: 42, peer, local, prefix: '10.0.0.0/8' },
    { type: 'announce', time: 1_700_000_001, microseconds: 42, peer, local, prefix: '192.0.2.0/24', attributes },
    { type: 'withdraw', time: 1_700_000_002, sentByCollector: true, peer, local, prefix: '10.0.0.0/8' },
    { type: 'announce', time: 1_700_000_002, sentByCollector: true, peer, local, prefix: '192.0.2.0/24', attributes },
  ]);
});

test('AS4_PATH is joined across segments, where -m repeats the mistake of bgpdump (RFC 6793 §4.2.3)', () => {
  // AS_PATH 1 2 {3 4} 5 23456, AS4_PATH 70000.
  const path = '4002 12 0202 0001 0002 0102 0003 0004 0202 0005 5ba0';
  const message = update(`40010100 ${path} 400304 c0000201 c011 06 0201 00011170`, '18 c00002');
  const body = Buffer.concat([hex('fbf4 fbf5 0000 0001 0a000001 0a000002'), message]);
  const { objects } = jsonOf(rawRecord(16, 1, body));
  const { attributes } = objects[0] as { attributes: { asPath: unknown } };
  assert.deepEqual(attributes.asPath, [
    { kind: 'sequence', asns: [1, 2] },
    { kind: 'set', asns: [3, 4] },
    { kind: 'sequence', asns: [5, 70000] },
  ]);
});

test('bits behind the length of a prefix are not shown', () => {
  const { objects } = jsonOf(messageRecord(1, { ...ends, message: update('', '', '14 0affff') }));
  assert.equal(objects[0]?.prefix, '10.255.240.0/20');
});

test("OpenBGPD's TABLE_DUMP: AS numbers of 2 octets in AS_PATH, of 4 in AGGREGATOR", () => {
  const attributes = hex('400101 00 4002 06 0202 fdf9 5ba0 400304 c0000206 c007 08 00011170 c0000207');
  const head = hex('0000 0007 0a000000 09 01 6553f100 7f00000b fdf3');
  const record = rawRecord(12, 1, Buffer.concat([head, Buffer.from([0, attributes.length]), attributes]));
  const { objects, faults } = jsonOf(record);
  assert.deepEqual(faults, []);
  assert.deepEqual((objects[0] as { attributes: { aggregator: unknown } }).attributes.aggregator, {
    asn: 70000,
    address: '192.0.2.7',
  });
});

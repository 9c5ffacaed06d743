/** tshark reads what our BMP sender sends, and every kind of message that we can write, as our decoder does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { good } from '../../src/bgp/bmp/message/bmp.vectors.ts';
import { decodeBmp } from '../../src/bgp/bmp/message/codec.ts';
import { StationFeed } from '../../src/bgp/bmp/sender/feed.ts';
import { unicastFamily } from '../../src/bgp/message/family/table.ts';
import type { Route } from '../../src/bgp/rib/types.ts';
import { mustPrefix } from '../../src/ip/prefix.ts';
import { address } from '../../src/testing/bgp-speakers.ts';
import { FakeSource, sourcePeer } from '../../src/testing/bmp-source.ts';
import { programPath } from '../../src/testing/namespaces.ts';
import { ourBmpView, tsharkBmpViews } from '../../src/testing/tshark-bmp.ts';

const unavailable = programPath('tshark') === undefined ? 'tshark is missing: npm run test:setup' : undefined;
if (unavailable !== undefined) console.error(`SKIPPED, our BMP beside tshark: ${unavailable}`);

function assertAlike(messages: readonly Uint8Array[]): void {
  const theirs = tsharkBmpViews(messages);
  assert.equal(theirs.length, messages.length);
  for (const [index, raw] of messages.entries()) {
    const result = decodeBmp(raw);
    assert.ok(result.ok);
    assert.deepEqual(theirs[index], ourBmpView(result.message, raw), Buffer.from(raw).toString('hex'));
  }
}

function route(text: string, set: number): Route {
  const prefix = mustPrefix(text);
  const nextHop = address(prefix.family === 4 ? '192.0.2.1' : '2001:db8::1');
  const source = { peer: 'a', asn: 1, routerId: address('10.0.0.1'), address: address('10.0.0.1'), external: true };
  const path = [{ kind: 'sequence', asns: [4_200_000_001, set] }] as const;
  const attributes = { originCode: 'igp', asPath: path, localPreference: set } as const;
  return { prefix, family: unicastFamily(prefix.family), source, nextHop, attributes };
}

test('a whole stream of our sender', { skip: unavailable }, () => {
  const from = new FakeSource();
  const feed = new StationFeed(from, { sysName: 'fra1', sysDescr: 'Nearcast' }, () => 1_767_225_600_000_123);
  from.subscribe((event) => feed.take(event));
  from.up({ ...sourcePeer('a', '192.0.2.1'), localAddress: address('192.0.2.2') });
  from.up({ ...sourcePeer('b', '2001:db8::1'), localAddress: address('2001:db8::2') });
  from.up(sourcePeer('c', '192.0.2.1'));
  for (let each = 0; each < 50; each++) {
    for (const text of [`198.51.${each}.0/24`, `2001:db8:${each}::/48`]) {
      const one = route(text, 1 + (each % 7));
      from.receive('a', one.prefix, { received: one, outcome: { verdict: 'accept', route: one } });
      from.tell('b', one.prefix, one);
      from.choose(one);
    }
  }
  feed.statisticsDue();
  const messages = [...feed.pull(1 << 20)];
  from.receive('a', mustPrefix('198.51.3.0/24'), undefined);
  from.lose(mustPrefix('2001:db8:4::/48'));
  messages.push(...feed.pull(1 << 20));
  const notification = { type: 'notification', code: 6, subcode: 4, data: new Uint8Array(0) } as const;
  from.down('a', { kind: 'local-notification', notification });
  from.down('b', { kind: 'remote' });
  from.down('c', { kind: 'local', fsmEvent: 18 });
  messages.push(...feed.pull(1 << 20), StationFeed.farewell());
  assert.ok(messages.length > 60);
  assertAlike(messages);
});

test('every kind of message', { skip: unavailable }, () => {
  assertAlike(good.map(({ bytes }) => bytes));
});

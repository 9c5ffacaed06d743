import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex } from '../../base/bytes.ts';
import { seededRandom } from '../../base/random.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { anyVrp } from '../data/arbitrary.vectors.ts';
import type { RpkiData } from '../data/rpki-data.ts';
import { encodePdu } from '../pdu/codec.ts';
import { good } from '../pdu/pdu.vectors.ts';
import type { Pdu } from '../pdu/types.ts';
import { CacheSession } from './cache-session.ts';
import type { ConnectionOwner } from './connection.ts';

/** PDUs of one session that fit together, and others that do not. */
const fitting: fc.Arbitrary<Pdu> = fc.oneof(
  fc.constant<Pdu>({ type: 'cache-response', sessionId: 1 }),
  fc.nat(5).map((serial): Pdu => ({ type: 'end-of-data', sessionId: 1, serial })),
  fc.nat(5).map((serial): Pdu => ({ type: 'serial-notify', sessionId: 1, serial })),
  fc.constant<Pdu>({ type: 'cache-reset' }),
  {
    arbitrary: fc.tuple(anyVrp, fc.boolean()).map(([vrp, announce]): Pdu => ({ type: 'prefix', announce, vrp })),
    weight: 4,
  },
);
const vector = fc.constantFrom(...good).map(({ hex }) => fromHex(hex.replaceAll(' ', '')) as Uint8Array);
/** A whole answer, which may fit or not. */
const answer = fc
  .tuple(fc.array(anyVrp, { maxLength: 3 }), fc.nat(5))
  .map(([vrps, serial]) =>
    Buffer.concat([
      encodePdu(2, { type: 'cache-response', sessionId: 1 }),
      ...vrps.map((vrp) => encodePdu(2, { type: 'prefix', announce: true, vrp })),
      encodePdu(2, { type: 'end-of-data', sessionId: 1, serial }),
    ]),
  );
const anyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  { arbitrary: answer, weight: 6 },
  { arbitrary: fitting.map((pdu) => encodePdu(2, pdu)), weight: 12 },
  vector,
  fc.uint8Array({ maxLength: 40 }),
);

function snapshot(data: RpkiData | undefined): string {
  return JSON.stringify(
    [...(data?.vrps.entries() ?? [])].map(({ prefix, ...rest }) => [...prefix.bytes, prefix.length, rest]),
  );
}

test('whatever a cache sends, however it is cut: no throw, no socket kept, and data changes whole or not at all', () => {
  let updates = 0;
  fc.assert(
    fc.property(
      fc.array(anyBytes, { maxLength: 60, size: 'max' }),
      fc.integer({ min: 1, max: 200 }),
      (pieces, size) => {
        const clock = new ManualClock();
        const open = new Set<object>();
        let owner: ConnectionOwner | undefined;
        let last = { data: undefined as RpkiData | undefined, text: '[]' };
        const session = new CacheSession({
          address: { host: 'memory', port: 323 },
          clock,
          random: seededRandom(1),
          connect: (_, __, each) => {
            const connection = { send: () => {}, close: () => open.delete(connection), gone: Promise.resolve() };
            open.add(connection);
            owner = each;
            return connection;
          },
          changed: () => {
            if (session.data !== last.data) updates++;
            // What was handed out before stays as it was.
            assert.equal(snapshot(last.data), last.text);
            last = { data: session.data, text: snapshot(session.data) };
          },
        });
        session.start();
        owner?.connected();
        const stream = Buffer.concat(pieces);
        for (let at = 0; at < stream.length; at += size) {
          const before = owner;
          owner?.bytes(stream.subarray(at, at + size));
          if (session.state.phase === 'waiting') clock.advance(60_000);
          if (owner !== before || session.state.phase === 'connecting') owner?.connected();
          assert(open.size <= 1, 'one connection at a time');
          if (session.data !== undefined) assert.equal(snapshot(session.data), last.text);
        }
        void session.stop();
        assert.equal(open.size, 0);
        assert.equal(clock.nextInMs(), undefined);
      },
    ),
    { numRuns: 400 },
  );
  assert(updates > 50, `only ${updates} updates got through`);
});

/**
 * The RPKI client with a full set: taking it in (codec, session, staging), its memory, and look-ups.
 *
 * The cache is bytes in memory, as TCP would bring them; 600,000 VRPs with prefix lengths as the Internet has them, three in four
 * IPv4. CPU time, not wall time: other processes may be at work beside.
 */
import { seededRandom } from '../../src/base/random.ts';
import type { Family } from '../../src/ip/address.ts';
import { addressBits, type Prefix, prefixOf } from '../../src/ip/prefix.ts';
import { CacheSession } from '../../src/rpki/client/cache-session.ts';
import type { ConnectionOwner } from '../../src/rpki/client/connection.ts';
import { VrpSetBuilder } from '../../src/rpki/data/vrp-set.ts';
import { encodePdu } from '../../src/rpki/pdu/codec.ts';
import type { Pdu, Vrp } from '../../src/rpki/pdu/types.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import type { Bench, Figure } from '../bench.ts';

/** The more often a length stands here, the more often it is drawn. */
const lengths: Readonly<Record<Family, readonly number[]>> = {
  4: [16, 18, 19, 20, 21, 22, 22, 23, 24, 24, 24, 24, 24, 24],
  6: [29, 32, 32, 36, 40, 44, 46, 48, 48, 48, 48],
};
const aimMicroseconds = 5;
const aimSeconds = 3;

export const bench: Bench = {
  run({ small, say }) {
    const count = small ? 2000 : 600_000;
    const vrps = makeVrps(count);
    const chunks = answerOf(vrps);
    say(`${count} VRPs, ${(chunks.reduce((sum, { length }) => sum + length, 0) / 1e6).toFixed(1)} MB of PDUs`);
    let owner: ConnectionOwner | undefined;
    const session = new CacheSession({
      address: { host: 'memory', port: 323 },
      clock: new ManualClock(),
      random: seededRandom(1),
      changed: () => {},
      connect: (_, __, each) => {
        owner = each;
        return { send: () => {}, close: () => {}, gone: Promise.resolve() };
      },
    });
    session.start();
    owner?.connected();
    const loadSeconds = cpuSeconds(() => {
      for (const chunk of chunks) owner?.bytes(chunk);
    });
    const set = session.data?.vrps;
    if (set?.size !== count) throw new Error(`${set?.size} VRPs came of ${count}`);
    const figures: Figure[] = [
      {
        what: `RTR, ${count} VRPs, taking in a full answer, CPU`,
        who: 'Nearcast',
        value: loadSeconds,
        unit: 's',
        aim: `${aimSeconds} s or less`,
        met: loadSeconds <= aimSeconds,
      },
      { what: 'the set in memory', who: 'Nearcast', value: set.bytes / 1e6, unit: 'MB' },
      {
        what: 'a copy, for an update to change',
        who: 'Nearcast',
        value: cpuSeconds(() => set.edit()) * 1000,
        unit: 'ms',
      },
    ];
    for (const family of [4, 6] as const) {
      const routes = vrps
        .filter(({ prefix }) => prefix.family === family)
        .slice(0, 100_000)
        .map(({ prefix, asn }, index): [Prefix, number] => [
          prefixOf(prefix, Math.min(addressBits(family), prefix.length + (index % 3))),
          asn,
        ]);
      const look = (): void => {
        for (const [prefix, asn] of routes) set.originState(prefix, asn);
      };
      look();
      const value = (cpuSeconds(look) / routes.length) * 1e6;
      const aim = { aim: `${aimMicroseconds} µs or less`, met: value <= aimMicroseconds };
      figures.push({
        what: `origin validation of an IPv${family} route, CPU`,
        who: 'Nearcast',
        value,
        unit: 'µs',
        ...aim,
      });
    }
    return session.stop().then(() => figures);
  },
};

function makeVrps(count: number): readonly Vrp[] {
  const random = seededRandom(6811);
  const set = new VrpSetBuilder();
  const vrps: Vrp[] = [];
  while (vrps.length < count) {
    const family = random.below(4) === 0 ? 6 : 4;
    const bytes = Uint8Array.from({ length: addressBits(family) / 8 }, () => random.below(256));
    if (family === 6) bytes.set([0x20, random.below(16)]);
    const length = lengths[family][random.below(lengths[family].length)] as number;
    const maxLength = Math.min(family === 4 ? 24 : 48, length + random.below(3));
    const vrp = { prefix: prefixOf({ family, bytes }, length), maxLength, asn: random.below(70_000) };
    if (set.add(vrp)) vrps.push(vrp);
  }
  return vrps;
}

/** In chunks as a socket delivers them. */
function answerOf(vrps: readonly Vrp[]): readonly Uint8Array[] {
  const pdus: readonly Pdu[] = [
    { type: 'cache-response', sessionId: 1 },
    ...vrps.map((vrp): Pdu => ({ type: 'prefix', announce: true, vrp })),
    { type: 'end-of-data', sessionId: 1, serial: 1 },
  ];
  const stream = Buffer.concat(pdus.map((pdu) => encodePdu(2, pdu)));
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += 65_536) chunks.push(stream.subarray(at, at + 65_536));
  return chunks;
}

function cpuSeconds(action: () => void): number {
  const { user, system } = process.cpuUsage();
  action();
  const after = process.cpuUsage();
  return (after.user - user + after.system - system) / 1e6;
}

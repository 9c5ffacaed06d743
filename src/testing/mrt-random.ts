/**
 * Random MRT streams: well formed, and as odd as files of twenty years are. The same seed gives the same bytes.
 *
 * Made by hand from the RFCs, not by our own encoder, so that a mistake of both halves shows. Left out is what makes
 * bgpdump 1.6.2 stop, fail or print leftovers of its memory: empty records and COMMUNITIES, AGGREGATOR behind AS4_AGGREGATOR,
 * an AS path that begins with an empty segment beside AS4_PATH.
 */
import { type Random, seededRandom } from '../base/random.ts';
import { rawRecord } from './mrt.ts';

/** A stream of `records` records, an index table of peers first. */
export function randomMrt(seed: number, records: number): Uint8Array {
  const random = seededRandom(seed);
  const peers = 1 + random.below(6);
  const parts: Uint8Array[] = [indexTable(random, peers)];
  for (let index = 0; index < records; index++) {
    const make = pick(random, [rib, rib, message, message, message, tableDump, state, other]);
    parts.push(make(random, peers, 1_700_000_000 + index));
  }
  return Buffer.concat(parts);
}

function pick<T>(random: Random, of: readonly T[]): T {
  return of[random.below(of.length)] as T;
}

function bytes(random: Random, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => (random.below(3) === 0 ? 0 : random.below(256)));
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value);
}

function u32(value: number): Uint8Array {
  return Buffer.concat([u16(Math.floor(value / 0x10000)), u16(value % 0x10000)]);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

function indexTable(random: Random, count: number): Uint8Array {
  const peers = Array.from({ length: count }, () => {
    const type = random.below(4);
    return concat(
      Uint8Array.of(type),
      bytes(random, 4),
      bytes(random, (type & 1) === 0 ? 4 : 16),
      bytes(random, (type & 2) === 0 ? 2 : 4),
    );
  });
  const name = bytes(random, random.below(10));
  return rawRecord(13, 1, concat(bytes(random, 4), u16(name.length), name, u16(count), ...peers));
}

function prefix(random: Random, family: 4 | 6): Uint8Array {
  const bits = random.below(family === 4 ? 33 : 129);
  return concat(Uint8Array.of(bits), bytes(random, (bits + 7) >> 3));
}

function nlri(random: Random, family: 4 | 6, addPath: boolean): Uint8Array {
  const list = Array.from({ length: random.below(4) }, () =>
    concat(addPath ? u32(random.below(100)) : new Uint8Array(0), prefix(random, family)),
  );
  return concat(...list);
}

function attribute(random: Random, type: number, value: Uint8Array): Uint8Array {
  const long = value.length > 255 || random.below(10) === 0;
  return concat(
    Uint8Array.of(0xc0 | (long ? 0x10 : 0), type),
    long ? u16(value.length) : Uint8Array.of(value.length),
    value,
  );
}

function path(random: Random, asnBytes: 2 | 4, firstHasAsns: boolean): Uint8Array {
  const segments = Array.from({ length: random.below(3) + (firstHasAsns ? 1 : 0) }, (_, index) => {
    const most = random.below(12) === 0 ? 256 : 6;
    const count = index === 0 && firstHasAsns ? 1 + random.below(5) : random.below(most);
    const kind = random.below(3) > 0 ? 2 : 1 + random.below(4);
    return concat(Uint8Array.of(kind, count), bytes(random, count * asnBytes));
  });
  return concat(...segments);
}

interface Shape {
  readonly asnBytes: 2 | 4;
  readonly addPath: boolean;
  readonly rib: boolean;
}

function attributes(random: Random, { asnBytes, addPath, rib }: Shape): Uint8Array {
  const some = (value: () => Uint8Array, type: number): Uint8Array[] =>
    random.below(3) === 0 ? [] : [attribute(random, type, value())];
  const rare = (value: () => Uint8Array, type: number): Uint8Array[] =>
    random.below(4) === 0 ? [attribute(random, type, value())] : [];
  const joined = asnBytes === 2 && random.below(3) === 0;
  const asTrans = random.below(2) === 0;
  const parts = [
    ...some(() => Uint8Array.of(random.below(3)), 1),
    ...some(() => path(random, asnBytes, joined), 2),
    ...some(() => bytes(random, 4), 3),
    ...rare(() => bytes(random, 4), 4),
    ...rare(() => bytes(random, 4), 5),
    ...rare(() => new Uint8Array(0), 6),
    ...rare(() => concat(asnBytes === 2 && asTrans ? u16(23456) : bytes(random, asnBytes), bytes(random, 4)), 7),
    ...rare(() => communities(random), 8),
    ...rare(() => bytes(random, 4), 9),
    ...rare(() => bytes(random, 8), 10),
    ...rare(() => reach(random, rib, addPath), 14),
    ...(rib ? [] : rare(() => unreach(random, addPath), 15)),
    ...rare(() => bytes(random, 16), 16),
    ...(joined ? [attribute(random, 17, path(random, 4, true))] : []),
    ...(asnBytes === 2 ? rare(() => bytes(random, 8), 18) : []),
    ...rare(() => bytes(random, 24), 32),
    ...rare(() => bytes(random, random.below(300)), 40 + random.below(200)),
  ];
  for (let index = parts.length - 1; index > 0; index--) {
    const other = random.below(index + 1);
    [parts[index], parts[other]] = [parts[other] as Uint8Array, parts[index] as Uint8Array];
  }
  // AGGREGATOR behind AS4_AGGREGATOR ends bgpdump.
  parts.sort((a, b) => (a[1] === 18 ? 1 : 0) - (b[1] === 18 ? 1 : 0));
  return concat(...parts);
}

function communities(random: Random): Uint8Array {
  const count = random.below(40) === 0 ? 900 : 1 + random.below(5);
  const list = Array.from({ length: count }, () =>
    random.below(4) === 0 ? u32(0xffffff00 + random.below(6)) : bytes(random, 4),
  );
  return concat(...list);
}

function reach(random: Random, rib: boolean, addPath: boolean): Uint8Array {
  const nextHop = bytes(random, pick(random, [16, 32]));
  if (rib && random.below(2) === 0) return concat(Uint8Array.of(nextHop.length), nextHop);
  const family = random.below(3) === 0 ? 4 : 6;
  const itsNextHop = family === 4 && random.below(2) === 0 ? bytes(random, 4) : nextHop;
  const safi = rib ? 1 : pick(random, [1, 1, 1, 2, 3, 4, 128]);
  const head = concat(u16(family === 4 ? 1 : 2), Uint8Array.of(safi, itsNextHop.length), itsNextHop, Uint8Array.of(0));
  return rib ? head : concat(head, nlri(random, family, addPath));
}

function unreach(random: Random, addPath: boolean): Uint8Array {
  const family = random.below(3) === 0 ? 4 : 6;
  const safi = pick(random, [1, 1, 1, 2, 3, 4, 128]);
  return concat(u16(family === 4 ? 1 : 2), Uint8Array.of(safi), nlri(random, family, addPath));
}

function rib(random: Random, peers: number, time: number): Uint8Array {
  const subtype = pick(random, [2, 2, 4, 4, 3, 8, 10]);
  const addPath = subtype >= 8;
  const entries = Array.from({ length: random.below(4) }, () => {
    const block = attributes(random, { asnBytes: 4, addPath, rib: true });
    const pathId = addPath ? bytes(random, 4) : new Uint8Array(0);
    return concat(u16(random.below(peers)), bytes(random, 4), pathId, u16(block.length), block);
  });
  const family = subtype === 2 || subtype === 3 || subtype === 8 ? 4 : 6;
  return rawRecord(
    13,
    subtype,
    concat(bytes(random, 4), prefix(random, family), u16(entries.length), ...entries),
    time,
  );
}

function tableDump(random: Random, _peers: number, time: number): Uint8Array {
  const family = random.below(2) === 0 ? 4 : 6;
  const size = family === 4 ? 4 : 16;
  const block = attributes(random, { asnBytes: 2, addPath: false, rib: true });
  const bits = random.below(size * 8 + 1);
  const body = concat(
    bytes(random, 4),
    bytes(random, size),
    Uint8Array.of(bits, 1),
    bytes(random, 4),
    bytes(random, size),
  );
  return rawRecord(12, family === 4 ? 1 : 2, concat(body, bytes(random, 2), u16(block.length), block), time);
}

function session(random: Random, asnBytes: number): Uint8Array {
  const family = random.below(2) === 0 ? 4 : 6;
  const addresses = bytes(random, family === 4 ? 8 : 32);
  return concat(bytes(random, 2 * asnBytes), u16(0), u16(family === 4 ? 1 : 2), addresses);
}

function bgp4mp(random: Random, subtype: number, body: Uint8Array, time: number): Uint8Array {
  if (random.below(3) > 0) return rawRecord(16, subtype, body, time);
  return rawRecord(17, subtype, concat(u32(random.below(1_000_000)), body), time);
}

function message(random: Random, _peers: number, time: number): Uint8Array {
  const subtype = pick(random, [1, 4, 4, 6, 7, 8, 9, 10, 11]);
  const asnBytes = [4, 7, 9, 11].includes(subtype) ? 4 : 2;
  const addPath = subtype >= 8;
  const withdrawn = nlri(random, 4, addPath);
  const block = attributes(random, { asnBytes, addPath, rib: false });
  const body = concat(u16(withdrawn.length), withdrawn, u16(block.length), block, nlri(random, 4, addPath));
  const header = concat(new Uint8Array(16).fill(0xff), u16(19 + body.length), Uint8Array.of(2));
  return bgp4mp(random, subtype, concat(session(random, asnBytes), header, body), time);
}

function state(random: Random, _peers: number, time: number): Uint8Array {
  const subtype = pick(random, [0, 5]);
  const states = concat(u16(random.below(9)), u16(random.below(9)));
  return bgp4mp(random, subtype, concat(session(random, subtype === 0 ? 2 : 4), states), time);
}

/** What is no route: KEEPALIVE, RIB_GENERIC, records of other protocols. */
function other(random: Random, _peers: number, time: number): Uint8Array {
  if (random.below(2) === 0) {
    const keepalive = concat(new Uint8Array(16).fill(0xff), u16(19), Uint8Array.of(4));
    return bgp4mp(random, 4, concat(session(random, 4), keepalive), time);
  }
  const [type, subtype] = pick(random, [
    [13, 6],
    [13, 12],
    [11, 0],
    [32, 0],
    [48, 1],
  ] as const);
  return rawRecord(type, subtype, bytes(random, 1 + random.below(60)), time);
}

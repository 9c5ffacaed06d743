/**
 * A RIB dump as a route collector writes it: some dozens of peers, each prefix with a route of nearly every one, attributes shared by
 * neighbouring prefixes. The same seed gives the same bytes.
 *
 * Realistic where it costs a reader: paths of 2 to 9 ASes with prepends and now and then a set, no to thirty communities, large
 * communities on some, MED, aggregators, a fifth of the prefixes IPv6.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { type Random, seededRandom } from '../../src/base/random.ts';
import type { AsPathSegment, PathAttributes } from '../../src/bgp/message/types.ts';
import { ribAttributes } from '../../src/bgp/mrt/encode/attributes.ts';
import { type DumpEntry, type DumpPeer, peerIndexTableRecord, ribRecord } from '../../src/bgp/mrt/encode/records.ts';
import type { Address, Family } from '../../src/ip/address.ts';
import { prefixOf } from '../../src/ip/prefix.ts';

const time = 1_700_000_000;

/** As many origins with attributes of their own; then they come again, with other prefixes. */
const origins = 1500;
const blockBytes = 1024 * 1024;

/** Writes at least `bytes` bytes to the file at `path`; answers how many routes they hold. */
export function generateRibDump(path: string, { bytes, seed }: { bytes: number; seed: number }): number {
  const random = seededRandom(seed);
  const peers = Array.from({ length: 40 }, (_, index) => makePeer(index, random));
  const file = openSync(path, 'w');
  let written = 0;
  let routes = 0;
  let block: Uint8Array[] = [];
  let blockLength = 0;
  function flush(): void {
    writeSync(file, Buffer.concat(block));
    block = [];
    blockLength = 0;
  }
  function put(record: Uint8Array): void {
    block.push(record);
    blockLength += record.length;
    written += record.length;
    if (blockLength >= blockBytes) flush();
  }
  put(peerIndexTableRecord(time, { collector: ipv4(10, 0, 0, 1), viewName: 'bench', peers }));
  const made: { readonly family: Family; readonly entries: readonly DumpEntry[] }[] = [];
  for (let sequence = 0; written < bytes; ) {
    const origin =
      made.length < origins ? makeOrigin(peers, random) : (made[random.below(origins)] as (typeof made)[0]);
    if (made.length < origins) made.push(origin);
    const { family, entries } = origin;
    // An origin announces several neighbouring prefixes alike.
    const address = family === 4 ? ipv4(1 + random.below(222), random.below(256), random.below(256), 0) : ipv6(random);
    for (let count = 1 + random.below(6); count > 0; count--) {
      address.bytes[family === 4 ? 2 : 5] = random.below(256);
      const length = family === 4 ? 16 + random.below(9) : 32 + random.below(17);
      put(ribRecord(time, { sequence: sequence++, prefix: prefixOf(address, length), entries }));
      routes += entries.length;
    }
  }
  flush();
  closeSync(file);
  return routes;
}

function makeOrigin(
  peers: readonly DumpPeer[],
  random: Random,
): { readonly family: Family; readonly entries: readonly DumpEntry[] } {
  const family: Family = random.below(5) === 0 ? 6 : 4;
  const origin = asn(random);
  const entries = peers.flatMap((peer, peerIndex): DumpEntry[] => {
    if (peer.address.family !== family || random.below(10) === 0) return [];
    const attributes = ribAttributes(makeAttributes(peer, origin, random), peer.address);
    return [{ peerIndex, originatedTime: time - random.below(10_000_000), attributes }];
  });
  return { family, entries };
}

function ipv4(...bytes: number[]): Address {
  return { family: 4, bytes: Uint8Array.from(bytes) };
}

function ipv6(random: Random): Address {
  const bytes = new Uint8Array(16);
  bytes.set([0x20 + random.below(2), random.below(256), random.below(256), random.below(256), random.below(256)]);
  return { family: 6, bytes };
}

function makePeer(index: number, random: Random): DumpPeer {
  const address =
    index % 3 === 0 ? ipv6(random) : ipv4(100 + random.below(100), random.below(256), random.below(256), index + 1);
  if (address.family === 6) address.bytes[15] = index + 1;
  return { routerId: ipv4(10, 1, 0, index + 1), address, asn: asn(random) };
}

/** One in three has more than 16 bits, as in today's tables. */
function asn(random: Random): number {
  return random.below(3) === 0 ? 131_072 + random.below(280_000) : 1 + random.below(64_495);
}

function makeAttributes(peer: DumpPeer, origin: number, random: Random): PathAttributes {
  const middle = Array.from({ length: random.below(5) }, () => asn(random));
  const prepends = random.below(8) === 0 ? 1 + random.below(4) : 0;
  const asns = [peer.asn, ...middle, ...new Array<number>(prepends + 1).fill(origin)];
  const path: AsPathSegment[] = [{ kind: 'sequence', asns }];
  if (random.below(500) === 0) path.push({ kind: 'set', asns: [asn(random), asn(random)] });
  const communities = Array.from(
    { length: random.below(4) === 0 ? 0 : random.below(random.below(6) === 0 ? 30 : 8) },
    () => (1 + random.below(65_000)) * 0x10000 + random.below(0x10000),
  );
  const large = random.below(10) === 0 ? [[asn(random), random.below(1000), random.below(1000)] as const] : [];
  return {
    originCode: random.below(10) === 0 ? 'incomplete' : 'igp',
    asPath: path,
    ...(random.below(4) === 0 ? { multiExitDiscriminator: random.below(1000) } : {}),
    ...(random.below(50) === 0 ? { atomicAggregate: true as const } : {}),
    ...(random.below(30) === 0 ? { aggregator: { asn: origin, address: ipv4(192, 0, 2, random.below(256)) } } : {}),
    ...(communities.length === 0 ? {} : { communities }),
    ...(large.length === 0 ? {} : { largeCommunities: large }),
  };
}

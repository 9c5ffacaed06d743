/** What routes carry beyond the plain: communities of 8 and 12 bytes, sets in paths, 2-octet paths, next hops. */
import assert from 'node:assert/strict';
import type { ExtendedCommunity, LargeCommunity } from '../../../bgp/message/types.ts';
import { address } from '../../bgp-routes.ts';
import { waitFor } from '../../wait.ts';
import { linkLocals } from '../router.ts';
import { plainRoute } from '../tables.ts';
import type { Cells } from './cell.ts';
import { startInside } from './inside.ts';

const prefix = '192.0.2.0/24';
const prefix6 = '2001:db8:192::/48';

/** Route targets and origins of each shape, and one that nobody knows but that is transitive (RFC 4360 §2). */
const extended: readonly ExtendedCommunity[] = [
  [0x0002_fbf4, 1],
  [0x0003_fbf4, 2],
  [0x0102_c000, 0x0201_0003],
  [0x0202_fa56, 0xea01_0004],
];
const large: readonly LargeCommunity[] = [
  [64_500, 1, 4_294_967_295],
  [4_200_000_001, 0, 7],
];

const sorted = <T>(list: readonly T[] | undefined): readonly string[] => (list ?? []).map(String).sort();

export const attributeCells: Cells = {
  async extendedCommunities(stage) {
    const { first, second } = await stage.between({});
    for (const one of [prefix, prefix6])
      first.announce(one, { extendedCommunities: extended, largeCommunities: large });
    for (const one of [prefix, prefix6]) {
      const { attributes } = await second.path(one);
      assert.deepEqual(sorted(attributes.extendedCommunities), sorted(extended));
      assert.deepEqual(sorted(attributes.largeCommunities), sorted(large));
    }
  },

  async unknownAttribute(stage) {
    const { first, second } = await stage.between({});
    const bytes = Uint8Array.of(1, 2, 3, 4, 5);
    const inside = await startInside(first, { attributes: { unknown: [{ type: 213, flags: 0xc0, bytes }] } });
    inside.announce(prefix);
    const { attributes } = await second.path(prefix);
    const [attribute, ...others] = attributes.unknown ?? [];
    assert.deepEqual([attribute?.type, attribute?.bytes, others.length], [213, bytes, 0]);
    // Whoever passes on what it does not know says so (RFC 4271 §5).
    assert.equal((attribute?.flags ?? 0) & 0x20, 0x20);
  },

  async asSet(stage) {
    const { first, second } = await stage.between({}, { peer: { allowAsSet: true } }, { peer: { allowAsSet: true } });
    const inside = await startInside(first, { path: [{ kind: 'set', asns: [64_801, 64_802] }] });
    inside.announce(prefix);
    const { asPath } = await second.path(prefix);
    assert.match(asPath, /\{64801 64802\}$/);
    const strict = await stage.speaker({ end: 'second', asn: 4_200_000_002, peer: { connectRetrySeconds: 0.2 } });
    await second.host.stop();
    await strict.up();
    await waitFor('the route to be refused', () => (strict.host.neighbors()[0]?.malformedUpdates ?? 0) > 0);
    assert.deepEqual(strict.paths(prefix), []);
  },

  /** No address of the cable's networks is needed; IPv4 routes go over it where the router knows RFC 8950. */
  async linkLocal(stage) {
    const both = stage.device.abilities.cannot.extendedNextHop === undefined;
    const saids = ['2001:db8:7::/48', ...(both ? ['198.51.7.0/24'] : [])];
    const options = both ? { extendedNextHop: true as const } : {};
    await stage.router(options, { linkLocal: true, routes: saids.map(plainRoute) });
    const own = address(linkLocals.us);
    const nextHops = { ...(both ? { ipv4: own } : {}), ipv6: own };
    const speaker = await stage.speaker({ peer: { ...options, nextHops } });
    await speaker.up();
    for (const said of saids) await speaker.path(said);
    for (const one of both ? [prefix, prefix6] : [prefix6]) {
      speaker.announce(one);
      assert.equal((await stage.hears(one)).nextHop.replace(/%.*/, ''), linkLocals.us);
    }
  },

  /** A path with an ASN of 4 octets goes through the router in AS4_PATH, and our other speaker puts it together again. */
  async twoOctet(stage) {
    const { asn, foreignPaths, notes } = stage.device.abilities;
    const own = '198.51.7.0/24';
    const routes = foreignPaths ? [{ ...plainRoute(own), asPath: [4_200_000_999] }] : [];
    const { first, second } = await stage.between({ twoOctet: true, ourAsn: 65_011 }, {}, { asn: 65_012 }, { routes });
    const { codec } = await first.up();
    assert.equal(codec.fourOctetAsn, false);
    const inside = await startInside(first, { path: [{ kind: 'sequence', asns: [4_200_000_999] }] });
    inside.announce(prefix);
    // AS_TRANS, or the ASN itself where the router knows AS4_PATH though it was told not to speak of it.
    assert.match((await stage.hears(prefix)).asPath, /^65011 64800 (23456|4200000999)$/);
    const whole = notes.twoOctet === undefined;
    assert.equal((await second.path(prefix)).asPath, `${asn} 65011 64800 ${whole ? 4_200_000_999 : 23_456}`);
    if (foreignPaths) assert.equal((await second.path(own)).asPath, `${asn} 4200000999`);
  },

  async nextHop(stage) {
    const asn = stage.device.abilities.asn;
    await stage.router({ ourAsn: asn, keepNextHop: true });
    const outside = stage.cable.ours.address.replace(/1$/, '77');
    for (const nextHop of ['unchanged', 'self'] as const) {
      const speaker = await stage.speaker({ asn, peer: { nextHop } });
      await speaker.up();
      const inside = await startInside(speaker, { nextHop: outside });
      inside.announce(prefix);
      const wanted = nextHop === 'self' ? stage.cable.ours.address : outside;
      await waitFor(`next hop ${nextHop}`, () => stage.heard(prefix)?.nextHop === wanted);
      await speaker.host.stop();
      await waitFor('the route to go', () => stage.heard(prefix) === undefined);
    }
  },
};

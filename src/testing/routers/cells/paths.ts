/** What becomes of an AS path, and who hears of a route: reflection, route servers, local AS, loops, private ASNs. */
import assert from 'node:assert/strict';
import { acceptAll } from '../../../bgp/policy/common.ts';
import type { PeerConfig } from '../../../bgp/speaker/types.ts';
import { address } from '../../bgp-routes.ts';
import { waitFor } from '../../wait.ts';
import { ours } from '../router.ts';
import { plainRoute } from '../tables.ts';
import type { Cells } from './cell.ts';
import { startInside } from './inside.ts';
import type { Stage } from './stage.ts';

const prefix = '192.0.2.0/24';

export const pathCells: Cells = {
  /** Our reflector's other client is a peer inside this process. */
  async ourReflector(stage) {
    const asn = stage.device.abilities.asn;
    const routes = [plainRoute('198.51.7.0/24')];
    await stage.router({ ourAsn: asn, keepNextHop: true }, { routes });
    const reflector = await stage.speaker({ asn, peer: { reflectorClient: true, nextHop: 'unchanged' } });
    await reflector.up();
    const client = stage.alone({ asn, end: 'second' });
    const { listen } = await reflector.host.addPeer(
      { ...inProcess(stage, asn), id: 'client', reflectorClient: true, nextHops: {}, passive: true },
      { listen: { host: '127.0.0.1', port: 0 } },
    );
    await client.host.addPeer(
      { ...inProcess(stage, asn), id: 'reflector' },
      { remote: listen as { host: string; port: number } },
    );
    client.announce(prefix);
    const { nextHop, asPath, more } = await stage.hears(prefix);
    assert.deepEqual([nextHop, asPath], [stage.cable.second.address, '']);
    assert.equal(more?.originatorId, stage.cable.second.address);
    assert.deepEqual(more?.clusterList, [stage.cable.ours.address]);
    // And what the router says, the other client hears.
    const heard = await waitFor("the router's route at the other client", () =>
      [...client.host.adjRibIn('reflector')].find(({ received }) => received.attributes.clusterList !== undefined),
    );
    assert.deepEqual(
      heard.received.attributes.originatorId?.bytes,
      Uint8Array.from(stage.cable.theirs.address.split('.').map(Number)),
    );
  },

  async theirReflector(stage) {
    const asn = stage.device.abilities.asn;
    const options = { ourAsn: asn, clients: 'reflector' as const };
    const { first, second } = await stage.between(options, { asn }, { asn });
    first.announce(prefix);
    const { attributes, nextHop, outcome } = await second.path(prefix);
    assert.equal(nextHop, stage.cable.ours.address);
    assert.deepEqual(attributes.asPath ?? [], []);
    assert.equal(Buffer.from(attributes.originatorId?.bytes ?? []).join('.'), stage.cable.ours.address);
    assert.deepEqual(
      attributes.clusterList?.map(({ bytes }) => bytes.join('.')),
      [stage.cable.theirs.address],
    );
    assert.equal(outcome.verdict, 'accept');
    // Some reflectors tell a client its own route, too; it knows it by the ORIGINATOR_ID.
    assert.ok(first.paths(prefix).every((path) => path.outcome.verdict === 'reject'));
  },

  async ourRouteServer(stage) {
    const outside = stage.cable.ours.address.replace(/1$/, '77');
    await stage.router({ anyFirstAs: true });
    const server = await stage.speaker({ peer: { routeServerClient: true } });
    await server.up();
    const member = await startInside(server, {
      asn: 64_900,
      nextHop: outside,
      attributes: { multiExitDiscriminator: 5 },
      peer: { routeServerClient: true },
    });
    member.announce(prefix);
    const { asPath, nextHop, med } = await stage.hears(prefix);
    assert.deepEqual([asPath, nextHop, med], ['64900', outside, 5], 'nothing of the route server is to be seen');
  },

  async theirRouteServer(stage) {
    const { first, second } = await stage.between(
      { clients: 'route-server' },
      { peer: { acceptAnyFirstAs: true } },
      { peer: { acceptAnyFirstAs: true } },
    );
    first.announce(prefix, { multiExitDiscriminator: 5 });
    const { asPath, nextHop, outcome } = await second.path(prefix);
    assert.deepEqual([asPath, nextHop, outcome.verdict], [String(ours.asn), stage.cable.ours.address, 'accept']);
  },

  async localAs(stage) {
    const { asn } = stage.device.abilities;
    const routes = [plainRoute('198.51.7.0/24')];
    await stage.router({ ourAsn: 65_010 }, { routes });
    for (const replaceAs of [false, true]) {
      const localAs = { asn: 65_010, ...(replaceAs ? { replaceAs: true as const, noPrepend: true as const } : {}) };
      const speaker = await stage.speaker({ asn: ours.asn, peer: { localAs } });
      await speaker.up();
      speaker.announce(prefix);
      const wanted = replaceAs ? '65010' : `65010 ${ours.asn}`;
      await waitFor(`the path ${wanted}`, () => stage.heard(prefix)?.asPath === wanted, 20_000);
      const { outcome } = await speaker.path('198.51.7.0/24');
      const path = outcome.verdict === 'accept' ? (outcome.route.attributes.asPath ?? []) : [];
      assert.deepEqual(
        path.flatMap(({ asns }) => asns),
        replaceAs ? [asn] : [65_010, asn],
      );
      await speaker.host.stop();
      await waitFor('the route to go', () => stage.heard(prefix) === undefined);
    }
  },

  async ownAs(stage) {
    const { first, second } = await stage.between({}, {}, { asn: 4_200_000_002, peer: { allowOwnAs: 1 } });
    const inside = await startInside(first, { path: [{ kind: 'sequence', asns: [4_200_000_002] }] });
    inside.announce(prefix);
    const { asPath, outcome } = await second.path(prefix);
    assert.match(asPath, / 4200000002$/);
    assert.equal(outcome.verdict, 'accept');
    await second.host.stop();
    const strict = await stage.speaker({ end: 'second', asn: 4_200_000_002 });
    const { outcome: refused } = await strict.path(prefix);
    assert.equal(refused.verdict === 'reject' && refused.rejection.reason, 'as-path-loop');
  },

  async privateAs(stage) {
    await stage.router();
    const { asn } = ours;
    // Ours is a private ASN of 4 octets itself; it is put in front after the others went.
    for (const [removal, wanted] of [
      ['all', `${asn} 1299`],
      ['replace', `${asn} ${asn} 1299 ${asn}`],
    ] as const) {
      const speaker = await stage.speaker({ peer: { removePrivateAs: removal } });
      await speaker.up();
      const path = [{ kind: 'sequence' as const, asns: [1299, 65_001] }];
      const inside = await startInside(speaker, { asn: 64_800, path });
      inside.announce(prefix);
      await waitFor(`the path ${wanted}`, () => stage.heard(prefix)?.asPath === wanted, 20_000);
      await speaker.host.stop();
      await waitFor('the route to go', () => stage.heard(prefix) === undefined);
    }
  },
};

/** The reflector and its other client are both in this process. */
function inProcess({ cable }: Stage, asn: number): PeerConfig {
  return {
    id: 'other',
    peerAsn: asn,
    address: address('127.0.0.1'),
    holdTimeSeconds: 9,
    connectRetrySeconds: 0.1,
    families: ['ipv4-unicast'],
    passive: false,
    importPolicy: acceptAll,
    exportPolicy: acceptAll,
    nextHops: { ipv4: address(cable.second.address) },
  };
}

/** Our speaker between two real routers, BIRD and FRR: as their route reflector, and as their route server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { acceptAll } from '../../src/bgp/policy/common.ts';
import type { PeerConfig } from '../../src/bgp/speaker/types.ts';
import { address } from '../../src/testing/bgp-routes.ts';
import { namespacesUnavailable } from '../../src/testing/namespaces.ts';
import { type Stage, World } from '../../src/testing/routers/cells/stage.ts';
import type { NormalizedRoute, SessionOptions } from '../../src/testing/routers/router.ts';
import { birdRow, frrRow } from '../../src/testing/routers/rows.ts';
import { plainRoute } from '../../src/testing/routers/tables.ts';
import { waitFor } from '../../src/testing/wait.ts';

const missing = [birdRow, frrRow].find(({ program }) => program === undefined);
const unavailable = namespacesUnavailable() ?? (missing && `${missing.name} is missing: npm run test:setup`);
if (unavailable !== undefined) console.error(`SKIPPED, our speaker between routers: ${unavailable}`);

const [fromBird, fromFrr] = ['198.51.1.0/24', '198.51.2.0/24'];

describe('our speaker between BIRD and FRR', { skip: unavailable, timeout: 120_000 }, () => {
  let world: World;
  before(() => {
    world = new World();
  });
  after(() => world.end());

  /**
   * Both routers as peers of one speaker of ours; each has one route of its own. Next hops stay, and each reaches the other's through
   * us only: hence their `multihop`.
   */
  async function between(
    options: SessionOptions,
    facts: Partial<PeerConfig>,
    check: (bird: Stage, frr: Stage) => Promise<void>,
  ): Promise<void> {
    const [bird, frr] = [world.stage(birdRow), world.stage(frrRow)];
    try {
      await Promise.all([
        bird.router(options, { routes: [plainRoute(fromBird)] }),
        frr.router(options, { routes: [plainRoute(fromFrr)] }),
      ]);
      const speaker = await bird.speaker({ peer: facts });
      const { ours, theirs } = frr.cable;
      await speaker.host.addPeer(
        {
          id: 'frr',
          peerAsn: options.theirAsn ?? frrRow.abilities.asn,
          address: address(theirs.address),
          holdTimeSeconds: 9,
          connectRetrySeconds: 0.3,
          families: ['ipv4-unicast', 'ipv6-unicast'],
          passive: false,
          importPolicy: acceptAll,
          exportPolicy: acceptAll,
          nextHops: { ipv4: address(ours.address), ipv6: address(ours.address6) },
          ...facts,
        },
        { remote: { host: theirs.address, port: 179 }, localAddress: ours.address },
      );
      await check(bird, frr);
    } catch (error) {
      console.error(`${bird.trace()}\n${frr.trace()}`);
      throw error;
    } finally {
      await Promise.all([bird.end(), frr.end()]);
    }
  }

  test('as route reflector of both: paths stay empty, and each knows who said it and through whom', async () => {
    const asn = 64_512;
    const options = { ourAsn: asn, theirAsn: asn, multihop: 2 } as const;
    await between(options, { reflectorClient: true }, async (bird, frr) => {
      const wanted = (stage: Stage, route: NormalizedRoute) => {
        assert.equal(route.asPath, '');
        const other = stage === bird ? frr : bird;
        assert.equal(route.more?.originatorId, other.cable.theirs.address);
        assert.deepEqual(route.more?.clusterList, [bird.cable.ours.address]); // our router ID
        assert.equal(route.nextHop, other.cable.theirs.address); // a reflector leaves it alone (RFC 4456 §10)
      };
      wanted(frr, await frr.hears(fromBird));
      wanted(bird, await bird.hears(fromFrr));
    });
  });

  test('as route server of both: each sees the path of the other, and nothing of ours', async () => {
    await between({ anyFirstAs: true, multihop: 2 }, { routeServerClient: true }, async (bird, frr) => {
      const [atFrr, atBird] = [await frr.hears(fromBird), await bird.hears(fromFrr)];
      assert.equal(atFrr.asPath, String(birdRow.abilities.asn));
      assert.equal(atBird.asPath, String(frrRow.abilities.asn));
      bird.device.withdraw([fromBird]);
      await waitFor('the route to be gone at FRR', () => frr.heard(fromBird) === undefined);
    });
  });
});

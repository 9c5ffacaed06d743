/** What two ends agree on in their OPENs beyond the plain, proven by routes that could not go there and back without it. */
import assert from 'node:assert/strict';
import { address } from '../../bgp-routes.ts';
import { waitFor } from '../../wait.ts';
import { ours } from '../router.ts';
import { plainRoute } from '../tables.ts';
import type { Cells } from './cell.ts';
import { startInside } from './inside.ts';

const prefix = '192.0.2.0/24';
const addPath = [{ family: 'ipv4-unicast', direction: 'both' }] as const;

/** Which communities matters not: 1,200 of them take 4,800 bytes. */
const many = Array.from({ length: 1_200 }, (_, index) => ((64_500 << 16) >>> 0) + index);

export const capabilityCells: Cells = {
  /** One of ours tells the router two paths, and the router tells the other both. */
  async addPath(stage) {
    const { first, second } = await stage.between({ addPath: true }, { peer: { addPath } }, { peer: { addPath } });
    const { codec } = await second.up();
    assert.deepEqual(codec.addPath, { receive: ['ipv4-unicast'], send: ['ipv4-unicast'] });
    const [left, right] = [await startInside(first, { asn: 64_801 }), await startInside(first, { asn: 64_802 })];
    left.announce(prefix);
    right.announce(prefix);
    await waitFor('both paths', () => second.paths(prefix).length === 2, 20_000);
    const origins = second.paths(prefix).map(({ received: { attributes, pathId } }) => {
      assert.equal(typeof pathId, 'number');
      return attributes.asPath?.flatMap(({ asns }) => asns).at(-1);
    });
    assert.deepEqual(origins.sort(), [64_801, 64_802]);
    await first.host.removePeer('inside 64801');
    await waitFor('one path to go', () => second.paths(prefix).length === 1, 20_000);
  },

  async extendedMessages(stage) {
    const peer = { extendedMessages: true } as const;
    const { first, second } = await stage.between({ extendedMessages: true }, { peer }, { peer });
    const { codec } = await second.up();
    assert.equal(codec.extendedMessages, true);
    first.announce(prefix, { communities: many });
    const { attributes } = await second.path(prefix);
    assert.deepEqual(
      [...(attributes.communities ?? [])].sort((a, b) => a - b),
      many,
    );
    await stage.hears(prefix);
  },

  async extendedNextHop(stage) {
    const { address6: own } = stage.cable.ours;
    const peer = { extendedNextHop: true } as const;
    const { first, second } = await stage.between({ extendedNextHop: true }, { peer }, { peer }, { over6: true });
    const nextHops = { ipv4: address(own) };
    await first.host.stop();
    const sender = await stage.speaker({ peer: { ...peer, nextHops } });
    await sender.up();
    sender.announce(prefix);
    assert.equal((await stage.hears(prefix)).nextHop, own);
    const { nextHop } = await second.path(prefix);
    // The router's own, or ours, which is on the same wire.
    assert.ok([own, stage.cable.theirs.address6].includes(nextHop), nextHop);
  },

  async enhancedRefresh(stage) {
    const routes = [plainRoute(prefix)];
    await stage.router({ enhancedRefresh: true }, { routes });
    const speaker = await stage.speaker();
    const { enhancedRouteRefresh } = await speaker.up();
    assert.equal(enhancedRouteRefresh, true);
    await speaker.path(prefix);
    const asked = stage.device.refreshesReceived();
    speaker.host.requestRefresh('router');
    await waitFor('the router to be asked', () => stage.device.refreshesReceived() > asked);
    // Only the mark of the answer's end makes every route fresh again, those too that the router no longer has.
    await waitFor('the mark of its end', () => speaker.host.neighbors()[0]?.staleRoutes === 0);
    assert.equal(speaker.paths(prefix).length, 1);
    assert.equal(speaker.ups, 1);
  },

  /** The router is our provider first, and then our customer. */
  async role(stage) {
    const said = '198.51.7.0/24';
    await stage.router({ role: 'provider', requireRole: true }, { routes: [plainRoute(said)] });
    const customer = await stage.speaker({ peer: { role: 'customer', requireRole: true } });
    assert.equal((await customer.up()).peerRole, 'provider');
    const { outcome } = await customer.path(said);
    // It came down, so from here it goes to customers only (RFC 9234 §5).
    assert.equal(outcome.verdict === 'accept' && outcome.route.attributes.onlyToCustomer, stage.device.abilities.asn);
    customer.announce(prefix);
    assert.equal((await stage.hears(prefix)).more?.onlyToCustomer, undefined, 'nothing marks what goes up');
    await customer.host.stop();
    await stage.device.stop();

    await stage.router({ role: 'customer', requireRole: true });
    const provider = await stage.speaker({ peer: { role: 'provider', requireRole: true } });
    assert.equal((await provider.up()).peerRole, 'customer');
    provider.announce(prefix);
    assert.equal((await stage.hears(prefix)).more?.onlyToCustomer, ours.asn, 'what goes down is marked');
  },

  async roleMismatch(stage) {
    await stage.router({ role: 'provider' });
    const speaker = await stage.speaker({ peer: { role: 'provider' } });
    const refused = () =>
      speaker.events.find((event) => event.type === 'down' && event.reason.code === 2 && event.reason.subcode === 11);
    await waitFor('the refusal', refused, 20_000);
    assert.equal(speaker.ups, 0);
  },
};

/** How sessions come up, and how they end: timers, collisions, hops, ranges, limits, and a router that stops reading. */
import assert from 'node:assert/strict';
import { acceptAll } from '../../../bgp/policy/common.ts';
import { mustPrefix } from '../../../ip/prefix.ts';
import { address } from '../../bgp-routes.ts';
import { connect, makeNamespace, type Namespace } from '../../namespaces.ts';
import { waitFor } from '../../wait.ts';
import { cableNetwork } from '../router.ts';
import { plainRoute } from '../tables.ts';
import type { Cells } from './cell.ts';
import type { Stage } from './stage.ts';

const prefix = '192.0.2.0/24';

export const sessionCells: Cells = {
  /** We sit on our OPEN on the connection that we made until the router has made one, too: no luck is needed for two. */
  async delayOpen(stage) {
    await stage.router();
    const speaker = await stage.speaker({ peer: { delayOpenSeconds: 1 } });
    await speaker.up();
    speaker.announce(prefix);
    await stage.hears(prefix);
    assert.equal(speaker.ups, 1);
  },

  async collision(stage) {
    const speaker = await stage.speaker({
      peer: { delayOpenSeconds: 5, connectRetrySeconds: 0.3 },
      transport: { listen: { host: stage.cable.ours.address, port: 179 } },
    });
    await stage.router({}, { connect: 'both' });
    await speaker.up();
    speaker.announce(prefix);
    await stage.hears(prefix);
    assert.ok(stage.device.established());
    assert.ok(speaker.ups <= 2, `it came up ${speaker.ups} times`);
  },

  async noHoldTime(stage) {
    await stage.router({}, { holdTimeSeconds: 0 });
    const speaker = await stage.speaker({ peer: { holdTimeSeconds: 0 } });
    const { holdTimeSeconds, keepaliveSeconds } = await speaker.up();
    assert.deepEqual([holdTimeSeconds, keepaliveSeconds], [0, 0]);
    speaker.announce(prefix);
    await stage.hears(prefix);
  },

  /** A host in between forwards, and so takes one from each packet's TTL. */
  async multihop(stage) {
    const middle = farAway(stage);
    try {
      await stage.router({ multihop: 5 });
      const near = await stage.speaker();
      await waitFor('an attempt that dies on its way', () => near.host.neighbors()[0]?.lastDown !== undefined, 20_000);
      assert.equal(near.ups, 0);
      await near.host.stop();
      const speaker = await stage.speaker({ transport: { multihop: 5 } });
      await speaker.up();
      speaker.announce(prefix);
      await stage.hears(prefix);
    } finally {
      middle.remove();
    }
  },

  async ourRange(stage) {
    await stage.router({}, { connect: 'active' });
    const other = '192.0.2.77';
    const speaker = await stage.speaker({
      // The peer that a stage makes is elsewhere; who comes is the range's.
      peer: { address: address(other), passive: true },
      transport: { remote: { host: other, port: 179 } },
    });
    const { ours: own } = stage.cable;
    await speaker.host.addRange({
      id: 'range',
      addresses: mustPrefix(cableNetwork({ connect: 'active', holdTimeSeconds: 9, cable: stage.number })),
      listen: { host: own.address, port: 179 },
      peer: {
        peerAsn: stage.device.abilities.asn,
        holdTimeSeconds: 60,
        connectRetrySeconds: 1,
        families: ['ipv4-unicast', 'ipv6-unicast'],
        importPolicy: acceptAll,
        exportPolicy: acceptAll,
        nextHops: { ipv4: address(own.address), ipv6: address(own.address6) },
      },
    });
    await speaker.up();
    speaker.announce(prefix);
    await stage.hears(prefix);
    await speaker.host.removeRange('range');
    await waitFor('the router to have lost us', () => !stage.device.established());
  },

  async theirRange(stage) {
    await stage.router({ range: true });
    const speaker = await stage.speaker();
    await speaker.up();
    speaker.announce(prefix);
    await stage.hears(prefix);
  },

  async theirLimit(stage) {
    await stage.router({ maximumPrefixes: 3 });
    const speaker = await stage.speaker();
    for (let index = 0; index < 6; index++) speaker.announce(`198.51.${index}.0/24`);
    const { kind, code, subcode } = await speaker.down();
    assert.deepEqual([kind, code, subcode], ['notification-received', 6, 1]);
  },

  async ourLimit(stage) {
    const routes = Array.from({ length: 6 }, (_, index) => plainRoute(`198.51.${index}.0/24`));
    await stage.router({}, { routes });
    const limits = { in: { 'ipv4-unicast': { maximum: 3 } } };
    const speaker = await stage.speaker({ peer: { limits } });
    const { kind } = await speaker.down();
    assert.equal(kind, 'automatic-stop');
    const limit = /max(?:imum)?[\w ]* (?:number of )?prefix|prefixes reached|Subcode[":]*1\b|max-prefix exceeded/i;
    await waitFor('the router to tell of the limit', () => limit.test(stage.device.log()));
    assert.equal([...speaker.host.bestRoutes()].length, 0);
  },

  /** What waits is more than the buffers of both kernels; a router that has stopped lets the timer run out. */
  async notReading(stage) {
    await stage.router({}, { holdTimeSeconds: 240 });
    const speaker = await stage.speaker({ peer: { holdTimeSeconds: 240 }, speaker: { sendHoldMs: 2_000 } });
    await speaker.up();
    speaker.announce(prefix);
    await stage.hears(prefix);
    stage.signal('SIGSTOP');
    for (let index = 0; index < 4_000; index++) {
      const communities = Array.from({ length: 20 }, (_, each) => (64_500 << 16) + index + each).map(
        (one) => one >>> 0,
      );
      speaker.announce(`10.${index >> 8}.${index & 255}.0/24`, { communities });
    }
    const { what } = await speaker.down();
    assert.match(what, /RFC 9687/);
  },
};

/** Moves the router one hop further away: a host in between takes its end of the cable, and forwards by another one. */
function farAway({ site: { namespace }, cable }: Stage): Namespace {
  const middle = makeNamespace('middle');
  const { theirs, ours: own } = cable;
  namespace.run('ip', 'link', 'set', 'cable', 'netns', middle.name);
  middle.run('ip', 'link', 'set', 'dev', 'cable', 'up');
  middle.run('ip', 'address', 'add', '10.97.0.1/32', 'dev', 'cable');
  middle.run('ip', 'route', 'add', `${own.address}/32`, 'dev', 'cable');
  connect(
    { namespace: middle, device: 'far', addresses: ['10.98.0.1/24'] },
    { namespace, device: 'far', addresses: ['10.98.0.2/24', `${theirs.address}/32`] },
  );
  const forward =
    'echo 1 > /proc/sys/net/ipv4/ip_forward; for f in /proc/sys/net/ipv4/conf/*/proxy_arp; do echo 1 > $f; done';
  middle.run('sh', '-c', forward);
  middle.run('ip', 'route', 'add', `${theirs.address}/32`, 'dev', 'far');
  namespace.run('ip', 'route', 'add', 'default', 'via', '10.98.0.1');
  return middle;
}

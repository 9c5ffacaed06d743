/** A session over TCP with a BFD link played by the test: held back, ended with Cease 10, and the link's own end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUp, loopback, peer, speaker } from '../../testing/bgp-speakers.ts';
import { waitFor } from '../../testing/wait.ts';
import type { BfdLink, Reachability } from './bfd-link.ts';

/** A link that says what the test says. */
class PlayedLink implements BfdLink {
  readonly strict: boolean;
  running = 0;
  say: (reachability: Reachability) => void = () => {};

  constructor(strict: boolean) {
    this.strict = strict;
  }

  start(changed: (reachability: Reachability) => void): () => void {
    this.running++;
    this.say = changed;
    return () => {
      this.running--;
    };
  }
}

for (const strict of [false, true]) {
  test(`${strict ? 'strict' : 'not strict'}: BFD lost, the session falls; BFD back, it is up again`, async (t) => {
    const [one, two] = [speaker(t, 1), speaker(t, 2)];
    const { listen } = await two.addPeer(peer(1), { listen: { host: loopback, port: 0 } });
    assert.ok(listen !== undefined);
    const bfd = new PlayedLink(strict);
    await one.addPeer(peer(2), { remote: listen, bfd });
    assert.equal(bfd.running, 1);
    if (strict) {
      assert.equal(one.sessionPhase('AS2'), 'idle');
      bfd.say('up');
    }
    await Promise.all([isUp(one, 'AS2'), isUp(two, 'AS1')]);
    bfd.say('unknown'); // AdminDown: RFC 5882 §3.2
    assert.equal(one.sessionPhase('AS2'), 'established');
    bfd.say('down');
    const reason = await waitFor('the peer to be told', () => two.neighbors()[0]?.lastDown);
    assert.deepEqual([reason.code, reason.subcode], [6, 10]);
    if (strict) assert.equal(one.sessionPhase('AS2'), 'idle');
    bfd.say('up');
    await Promise.all([isUp(one, 'AS2'), isUp(two, 'AS1')]);
    await one.removePeer('AS2');
    assert.equal(bfd.running, 0);
    bfd.say('down'); // late news of a peer that is gone
  });
}

test('a stop ends the link', async (t) => {
  const one = speaker(t, 1);
  const bfd = new PlayedLink(true);
  await one.addPeer(peer(2), { remote: { host: loopback, port: 9 }, bfd });
  await one.stop();
  assert.equal(bfd.running, 0);
  bfd.say('up');
  assert.equal(one.sessionPhase('AS2'), 'idle');
});

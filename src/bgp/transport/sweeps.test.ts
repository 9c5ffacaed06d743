/** Over TCP: what concerns a whole table leaves the event loop to others in between, and comes to its end by itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustPrefix } from '../../ip/prefix.ts';
import { pair } from '../../testing/bgp-speakers.ts';
import { waitFor } from '../../testing/wait.ts';
import { acceptAll, rejectAll } from '../policy/common.ts';

const routes = 20_000;

test('a new policy on a large table lets others have their turn', { timeout: 30_000 }, async (t) => {
  const { one, two } = await pair(t);
  for (let index = 0; index < routes; index++) {
    const prefix = mustPrefix(`10.${index >>> 8}.${index & 0xff}.0/24`);
    one.announce({ prefix, attributes: { originCode: 'igp', multiExitDiscriminator: index % 100 } });
  }
  const [peer] = two.neighbors();
  assert.ok(peer !== undefined);
  const accepted = () => two.neighbors()[0]?.acceptedRoutes ?? 0;
  await waitFor('the table', () => accepted() === routes, 20_000);

  for (const [policy, end] of [
    [rejectAll, 0],
    [acceptAll, routes],
  ] as const) {
    const seen = new Set<number>();
    two.setImportPolicy(peer.id, policy);
    while (accepted() !== end) {
      seen.add(accepted());
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(seen.size >= 3, `turns in between: ${seen.size}`);
  }
  assert.equal(two.sessionPhase(peer.id), 'established');

  const begun = two.stop();
  two.setImportPolicy(peer.id, rejectAll);
  await begun;
});

/** Runs the cases of `cells/` with one router, several at a time: most of their time is a router's start and its timers. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Capability } from '../../../bgp/message/types.ts';
import { namespacesUnavailable } from '../../namespaces.ts';
import { type FeatureId, features } from '../features.ts';
import type { SessionOptions } from '../router.ts';
import type { RouterRow } from '../suite.ts';
import { attributeCells } from './attributes.ts';
import { capabilityCells } from './capabilities.ts';
import type { Cell, Cells } from './cell.ts';
import { pathCells } from './paths.ts';
import { restartCells } from './restart.ts';
import { sessionCells } from './sessions.ts';
import { type Stage, World } from './stage.ts';

/** The same with every router, but where a router has a way of its own to prove it. */
export const commonCells: Cells = {
  ...sessionCells,
  ...attributeCells,
  ...pathCells,
  ...capabilityCells,
  ...restartCells,
};

export function cellSuite(row: RouterRow): void {
  const missing = row.program === undefined ? `${row.name} is missing: npm run test:setup` : undefined;
  const unavailable = namespacesUnavailable() ?? missing;
  if (unavailable !== undefined) console.error(`SKIPPED, more interop with ${row.name}: ${unavailable}`);

  describe(`our library and ${row.name}`, { skip: unavailable, concurrency: 4, timeout: 170_000 }, () => {
    let world: World | undefined;
    before(() => {
      world = new World();
    });
    after(() => world?.end());

    for (const [id, cell] of Object.entries({ ...commonCells, ...row.ownCells }) as [FeatureId, Cell][]) {
      const reason = row.abilities.cannot[id];
      test(features[id].title, { skip: reason ?? false, timeout: 90_000 }, async () => {
        const stage = (world as World).stage(row);
        try {
          await cell(stage);
        } catch (error) {
          console.error(`${row.name}, ${id}:\n${stage.trace()}`);
          throw error;
        } finally {
          await stage.end();
        }
      });
    }

    test('it offers nothing of what it is said not to know', { timeout: 90_000 }, async () => {
      const stage = (world as World).stage(row);
      try {
        await offersNothingElse(stage);
      } finally {
        await stage.end();
      }
    });
  });
}

/** What the router would say in its OPEN if it had a feature. */
const capabilityOf: Partial<Record<FeatureId, Capability['kind']>> = {
  addPath: 'add-path',
  enhancedRefresh: 'enhanced-route-refresh',
  extendedMessages: 'extended-message',
  extendedNextHop: 'extended-next-hop',
  role: 'role',
  routerLongGone: 'long-lived-graceful-restart',
};

/** Asked for everything, it says what it has: so no row is left out that could be there. */
async function offersNothingElse(stage: Stage): Promise<void> {
  await stage.router(everything, { over6: true });
  const speaker = await stage.speaker({
    peer: {
      role: 'customer',
      extendedMessages: true,
      extendedNextHop: true,
      addPath: [{ family: 'ipv4-unicast', direction: 'both' }],
      gracefulRestart: { longLivedSeconds: 60 },
    },
  });
  const { peerCapabilities } = await speaker.up();
  const said = new Set(peerCapabilities.map(({ kind }) => kind));
  const all = Object.entries(capabilityOf) as [FeatureId, Capability['kind']][];
  const missing = all.filter(([, kind]) => !said.has(kind)).map(([id]) => id);
  const { cannot, offersInVain = [] } = stage.row.abilities;
  const excused = all.filter(([id]) => cannot[id] !== undefined && !offersInVain.includes(id)).map(([id]) => id);
  assert.deepEqual(missing, excused);
}

const everything: SessionOptions = {
  addPath: true,
  enhancedRefresh: true,
  extendedMessages: true,
  extendedNextHop: true,
  role: 'provider',
  gracefulRestart: { seconds: 60, longLivedSeconds: 60 },
};

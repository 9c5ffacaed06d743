/**
 * Graceful restart and its long-lived kind: the router dies and comes back or does not, and the same of us.
 *
 * Our death is that of a process, so that no word of it reaches the router: see `speaker-main.ts`.
 */
import assert from 'node:assert/strict';
import { longLivedStale } from '../../../bgp/message/community.ts';
import type { PeerConfig } from '../../../bgp/speaker/types.ts';
import { formatPrefix } from '../../../ip/prefix.ts';
import { waitFor } from '../../wait.ts';
import { ended } from '../router.ts';
import { plainRoute } from '../tables.ts';
import type { Cells } from './cell.ts';
import { startMortal } from './mortal.ts';
import type { Speaker, Stage } from './stage.ts';

const prefix = '192.0.2.0/24';
const stays = '198.51.1.0/24';
const goes = '198.51.2.0/24';

const stale = ({ host }: Speaker): number | undefined => host.neighbors()[0]?.staleRoutes;
const best = ({ host }: Speaker): readonly string[] =>
  Array.from(host.bestRoutes(), (one) => formatPrefix(one.prefix)).sort();
const staleText = '65535:6';

export const restartCells: Cells = {
  async routerRestarts(stage) {
    await stage.router({ gracefulRestart: { seconds: 60 } }, { routes: [plainRoute(stays), plainRoute(goes)] });
    const speaker = await stage.speaker({ peer: { gracefulRestart: {} } });
    const { gracefulRestart } = await speaker.up();
    assert.deepEqual(gracefulRestart?.families.map(({ family }) => family).sort(), ['ipv4-unicast', 'ipv6-unicast']);
    await waitFor('its routes', () => best(speaker).length === 2);
    await die(stage);
    await waitFor('us to know', () => stale(speaker) === 2);
    assert.deepEqual(best(speaker), [stays, goes], 'its routes stay');
    stage.device.forget?.([goes]);
    await stage.device.restart?.();
    await waitFor('the second session', () => speaker.ups === 2, 30_000);
    await waitFor('its routes to be fresh', () => stale(speaker) === 0, 30_000);
    assert.deepEqual(best(speaker), stage.device.forget === undefined ? [stays, goes] : [stays]);
  },

  async routerLongGone(stage) {
    await stage.router({ gracefulRestart: { seconds: 1, longLivedSeconds: 60 } }, { routes: [plainRoute(stays)] });
    const speaker = await stage.speaker({ peer: { gracefulRestart: { longLivedSeconds: 60 } } });
    await speaker.up();
    await waitFor('its route', () => best(speaker).length === 1);
    await die(stage);
    const marked = () =>
      [...speaker.host.bestRoutes()].every((one) => one.attributes.communities?.includes(longLivedStale));
    await waitFor('LLGR_STALE on its route', () => best(speaker).length === 1 && marked(), 20_000);
  },

  async weRestart(stage) {
    await stage.router({ gracefulRestart: { seconds: 60 } });
    const gracefulRestart = { preserve: ['ipv4-unicast', 'ipv6-unicast'], restartTimeSeconds: 60 } as const;
    const peer: Partial<PeerConfig> = { gracefulRestart };
    const mortal = startMortal(stage, peer, [stays, goes]);
    await stage.hears(goes);
    await mortal.kill();
    await waitFor('the router to have lost us', () => !stage.device.established());
    assert.ok(stage.heard(stays) && stage.heard(goes), 'our routes stay');
    const speaker = await stage.speaker({ peer: { gracefulRestart: { ...gracefulRestart, restarted: true } } });
    speaker.announce(stays);
    await speaker.up();
    await waitFor('what we no longer have to go', () => stage.heard(goes) === undefined, 20_000);
    assert.ok(stage.heard(stays));
  },

  async weAreLongGone(stage) {
    await stage.router({ gracefulRestart: { seconds: 60, longLivedSeconds: 60 } });
    const gracefulRestart = { preserve: ['ipv4-unicast'], restartTimeSeconds: 1, longLivedSeconds: 60 } as const;
    const mortal = startMortal(stage, { gracefulRestart }, [prefix]);
    await stage.hears(prefix);
    await mortal.kill();
    await waitFor('LLGR_STALE on our route', () => stage.heard(prefix)?.communities.includes(staleText), 20_000);
  },
};

async function die(stage: Stage): Promise<void> {
  stage.signal('SIGKILL');
  await ended(stage.site);
}

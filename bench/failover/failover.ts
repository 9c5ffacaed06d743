/**
 * What a user notices when the nearest PoP's edge is killed: the longest time between two good answers, a new connection
 * every 5 ms, on a fresh network each round. Beside it BIRD at both ends in namespaces, its daemon killed.
 */
import { namespacesUnavailable, programPath } from '../../src/testing/namespaces.ts';
import { type Bench, type Figure, median } from '../bench.ts';
import { birdRound } from './bird-peer.ts';
import type { ClientReport } from './client.ts';
import { ourRound } from './ours.ts';

const aimMs = 50;

export const bench: Bench = {
  async run({ small, say }) {
    const rounds = small ? 1 : 9;
    const seconds = small ? 2 : 4;
    const missing = namespacesUnavailable() ?? (programPath('bird') === undefined ? 'BIRD 2 is missing' : undefined);
    if (missing !== undefined) say(`SKIPPED, the peer BIRD: ${missing}`);
    const ours: ClientReport[] = [];
    const birds: ClientReport[] = [];
    for (let round = 1; round <= rounds; round++) {
      const own = await ourRound(seconds);
      ours.push(own);
      say(`round ${round}, Nearcast: ${describe(own)}`);
      if (missing !== undefined) continue;
      const bird = await birdRound(seconds);
      birds.push(bird);
      say(`round ${round}, BIRD: ${describe(bird)}`);
    }
    const what = `largest gap between good answers, median of ${rounds}`;
    const gap = median(ours.map(({ largestGapMs }) => largestGapMs));
    const hung = ours.reduce((sum, report) => sum + report.hung, 0);
    const figures: Figure[] = [
      { what, who: 'Nearcast: edge killed', value: gap, unit: 'ms', aim: `${aimMs} ms or less`, met: gap <= aimMs },
      {
        what: 'requests left hanging, all rounds',
        who: 'Nearcast: edge killed',
        value: hung,
        unit: '',
        aim: '0',
        met: hung === 0,
      },
    ];
    if (birds.length > 0) {
      const birdGap = median(birds.map(({ largestGapMs }) => largestGapMs));
      figures.push({ what, who: 'BIRD 2: daemon killed', value: birdGap, unit: 'ms', ratio: gap / birdGap });
    }
    return figures;
  },
};

function describe({ largestGapMs, good, failed, hung }: ClientReport): string {
  return `gap ${largestGapMs.toFixed(1)} ms, ${good} good answers, ${failed} failed, ${hung} hung`;
}

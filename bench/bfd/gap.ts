/**
 * The gap: how long after a peer fell silent a session is down, ours beside BIRD's, at the same timers and for the same deaths.
 *
 * The peer's process is stopped where it stands (SIGSTOP), which both sides notice by silence alone. When its last packet left is
 * chance, the same for both: so many deaths, and the median. Ours is the time at which the main thread knows, so that BGP could
 * act; BIRD's is what its BFD thread writes into its log.
 */
import { seededRandom } from '../../src/base/random.ts';
import { waitFor } from '../../src/testing/wait.ts';
import { makeWorld, multiplier } from './world.ts';

export interface GapOptions {
  readonly intervalMs: number;
  readonly rounds: number;
  readonly sessions: number;
}

export interface Gaps {
  readonly ours: readonly number[];
  readonly birds: readonly number[];
  readonly realtime: true | string;
}

export async function measureGaps({ intervalMs, rounds, sessions }: GapOptions): Promise<Gaps> {
  const { ours, bird, peer, remove } = await makeWorld({ intervalMs, sessions, besideBird: true });
  const gaps = { ours: [] as number[], birds: [] as number[] };
  const random = seededRandom(intervalMs);
  const deadline = 20_000 + 20 * intervalMs * multiplier;
  let realtime: true | string = 'unknown';
  try {
    for (let round = 0; round < rounds; round++) {
      await waitFor('all sessions to be up', async () => peer.up() && bird?.up() && (await ours.up()), 60_000);
      ({ realtime } = await ours.status());
      // Sessions come up together, and only jitter takes them apart: a death soon after would be one sample, not many.
      const dies = performance.now() + 600 + random.below(600);
      await waitFor('the time to die', () => performance.now() >= dies);
      const since = peer.silent(true);
      const [found, theirs] = await waitFor(
        'both sides to notice',
        () => {
          const both = [ours.losses(since), bird?.losses(since) ?? []] as const;
          return both.every(({ length }) => length >= sessions) ? both : undefined;
        },
        deadline,
      );
      peer.silent(false);
      // What fell before the peer did is a false alarm, and no gap.
      gaps.ours.push(...found.slice(0, sessions).map((at) => at - since));
      gaps.birds.push(...theirs.slice(0, sessions).map((at) => at - since));
    }
  } finally {
    peer.silent(false);
    remove();
  }
  return { ...gaps, realtime };
}

/**
 * Finds an edge that lives but answers nobody, neither users nor its agent, and says so: it must be replaced.
 *
 * Why both: an edge whose health says no while its agent still gets answers is ill in a way that a restart need not mend
 * (one address cannot be listened on, say), and killing it would cut the users that it serves.
 */
import { type Clock, every } from '../base/clock.ts';
import type { EdgeAdmin } from './edge-admin.ts';

export const muteLimitMs = 30_000;
const askEveryMs = 1_000;
const answerLimitMs = 2_000;

/** `lastGood` is when a health check was last good, on any address; `undefined` where none is made. Returns what ends it. */
export function watchForMuteness(options: {
  readonly clock: Clock;
  readonly admin: Pick<EdgeAdmin, 'status'>;
  readonly lastGood: () => number | undefined;
  readonly onMute: (why: string) => void;
}): () => void {
  const { clock } = options;
  let asking = false;
  const isLate = (): boolean => {
    const lastGood = options.lastGood();
    return lastGood !== undefined && clock.now() - lastGood >= muteLimitMs;
  };
  return every(clock, askEveryMs, () => {
    if (asking || !isLate()) return;
    asking = true;
    void options.admin.status(answerLimitMs).then((answer) => {
      asking = false;
      if (answer.kind === 'mute' && isLate()) {
        options.onMute(`it answered neither users nor its agent for ${muteLimitMs / 1000} s`);
      }
    });
  });
}

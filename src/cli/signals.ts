/**
 * Ending a long-running command in order: SIGINT, SIGTERM, SIGHUP and SIGQUIT ask for it once, a second ask (a second later or
 * more) hurries. Losing its output counts as a request. npm passes a terminal's signal on a second time, so repeats within a second count as one.
 */
import type { Clock } from '../base/clock.ts';

export interface EndRequests {
  /** Called at the first request. */
  readonly onEnd: (why: string) => void;
  /** Called at a later one. */
  readonly onHurry: () => void;
}

export function onEndRequests(clock: Clock, { onEnd, onHurry }: EndRequests): (why: string) => void {
  let firstAt: number | undefined;
  const request = (why: string): void => {
    if (firstAt === undefined) {
      firstAt = clock.now();
      onEnd(why);
    } else if (clock.now() - firstAt > 1000) {
      onHurry();
    }
  };
  // A terminal that was closed, or a reader that went away, is a request, too: nobody looks any more.
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', () => request('its output is no longer read'));
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => request(signal));
  return request;
}

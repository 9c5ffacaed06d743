/** How long data is good for: what a cache says, within the bounds of RFC 8210 §6, and how long to wait after failures. */
import type { Random } from '../../base/random.ts';
import type { Intervals } from '../pdu/types.ts';

/** RFC 8210 §6, also for caches of version 0, which say nothing. */
export const defaultIntervals: Intervals = { refreshSeconds: 3600, retrySeconds: 600, expireSeconds: 7200 };

const bounds: Readonly<Record<keyof Intervals, readonly [least: number, most: number]>> = {
  refreshSeconds: [1, 86_400],
  retrySeconds: [1, 7200],
  expireSeconds: [600, 172_800],
};

/** A value outside its bounds becomes the nearest one inside; expire is made larger than refresh and retry (RFC 8210 §6). */
export function boundedIntervals(said: Intervals = defaultIntervals): Intervals {
  const bounded = (name: keyof Intervals): number => {
    const [least, most] = bounds[name];
    return Math.min(most, Math.max(least, said[name]));
  };
  const refreshSeconds = bounded('refreshSeconds');
  const retrySeconds = bounded('retrySeconds');
  return {
    refreshSeconds,
    retrySeconds,
    expireSeconds: Math.max(bounded('expireSeconds'), refreshSeconds + 1, retrySeconds + 1),
  };
}

/** 5 s, doubling to the retry interval, of which chance takes up to a quarter: a cache that restarts is not met by all at once. */
export function retryMs({ retrySeconds }: Intervals, failures: number, random: Random): number {
  const seconds = Math.min(retrySeconds, 5 * 2 ** Math.min(failures - 1, 20));
  return Math.round(seconds * 1000 * (0.75 + random.next() / 4));
}

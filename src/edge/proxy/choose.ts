/** Which origin servers a request is sent to, in turn: usable ones nearest first, then one that may be back, then any. */
import type { OriginServer } from './origin-server.ts';

/**
 * The order to try them in, at most `most` long. One whose pause is over is tried first where it is nearer than all that
 * are usable, so that users come back to it. Where all are set aside the nearest is tried all the same: a wrong verdict
 * must not take a service down.
 */
export function orderOriginServers(
  nearestFirst: readonly OriginServer[],
  nowMs: number,
  most: number,
): { readonly order: readonly OriginServer[]; readonly trial: OriginServer | undefined } {
  const only = nearestFirst[0];
  if (nearestFirst.length === 1 && only !== undefined) {
    return { order: nearestFirst, trial: only.health.usability(nowMs) === 'trial' ? only : undefined };
  }
  const verdicts = nearestFirst.map((server) => server.health.usability(nowMs));
  if (verdicts.every((verdict) => verdict === 'usable')) {
    return { order: nearestFirst.length <= most ? nearestFirst : nearestFirst.slice(0, most), trial: undefined };
  }
  const trialIndex = verdicts.indexOf('trial');
  const trial = nearestFirst[trialIndex];
  const order = nearestFirst.filter((_, i) => verdicts[i] === 'usable' || i === trialIndex);
  const rest = nearestFirst.filter((server) => !order.includes(server));
  return { order: [...order, ...rest].slice(0, most), trial };
}

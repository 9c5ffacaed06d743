/**
 * Request ids: one per request, in every answer, log line and request to an origin server.
 *
 * A client's own id is kept where it is sane, so that a caller can follow its request through; it is no proof of anything.
 */
import type { Random } from '../../base/random.ts';

const sane = /^[A-Za-z0-9._~+/=-]{8,128}$/;

/** Makes ids that no other edge process makes: a random part of this process, and a count. */
export function requestIds(random: Random): (sent: string | undefined) => string {
  let prefix = '';
  for (let i = 0; i < 10; i++) prefix += random.below(36).toString(36);
  let count = 0;
  return (sent) => (sent !== undefined && sane.test(sent) ? sent : `${prefix}-${(++count).toString(36)}`);
}

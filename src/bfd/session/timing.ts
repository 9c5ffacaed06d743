/** How often to send, how long to wait, and how much to vary: the arithmetic of RFC 5880 §6.8.4 and §6.8.7. */
import type { Random } from '../../base/random.ts';

/** RFC 5880 §6.8.3: while a session is not up, "not less than one second". */
export const slowTransmitUs = 1_000_000;

export const usOf = (ms: number): number => Math.round(ms * 1000);
export const msOf = (us: number): number => us / 1000;

/** The wait before the next packet, in ms: "reduced by a random value of 0 to 25%", and to 75..90% where one loss is fatal. */
export function jitteredMs(intervalUs: number, detectMultiplier: number, random: Random): number {
  const [least, most] = detectMultiplier === 1 ? [0.75, 0.9] : [0.75, 1];
  return msOf(intervalUs) * (least + random.next() * (most - least));
}

/** §6.8.4, asynchronous mode: the peer's multiplier times the slower of what we accept and what it offers. */
export function detectionTimeMs(of: {
  readonly remoteMultiplier: number;
  readonly requiredMinRxUs: number;
  readonly remoteDesiredMinTxUs: number;
}): number {
  return of.remoteMultiplier * msOf(Math.max(of.requiredMinRxUs, of.remoteDesiredMinTxUs));
}

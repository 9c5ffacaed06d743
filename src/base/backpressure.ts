/** Writing to a stream no faster than its reader takes it, and no longer than it takes anything. */
import type { Writable } from 'node:stream';
import type { Clock } from './clock.ts';

/** Resolves when `stream` can take more: false where it is gone, or its reader has taken nothing for `stallMs`. */
export function writeTo(
  stream: Writable,
  text: string,
  limits: { readonly clock: Clock; readonly stallMs: number },
): Promise<boolean> {
  if (stream.destroyed) return Promise.resolve(false);
  if (stream.write(text)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const cancel = limits.clock.after(limits.stallMs, () => settle(false));
    const drained = (): void => settle(true);
    const closed = (): void => settle(false);
    function settle(ok: boolean): void {
      cancel();
      stream.off('drain', drained);
      stream.off('close', closed);
      resolve(ok);
    }
    stream.once('drain', drained);
    stream.once('close', closed);
  });
}

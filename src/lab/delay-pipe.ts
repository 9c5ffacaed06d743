/**
 * Passes bytes between two sockets as a link of a given delay would: each chunk arrives `delayMs` after it was sent, in
 * order, with back-pressure, and so do the end of the stream and a reset.
 *
 * Why: a vantage's user feels the distance to the PoP. A chunk waits in a queue, not on a timer of its own, so a large
 * download costs one timer at a time.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';

/** Bytes that may be under way in one direction before the sender is paused; a real path has such a window, too. */
const windowBytes = 4 * 1024 * 1024;

export interface DelayPipeOptions {
  readonly clock: Clock;
  readonly delayMs: number;
  /** Bytes count as sent at this time of the clock at the earliest: when the handshake would have ended. */
  readonly notBefore: number;
}

/** Carries what `from` receives to `to`. Call it once for each direction. */
export function delayPipe(from: Socket, to: Socket, { clock, delayMs, notBefore }: DelayPipeOptions): void {
  const queue: { at: number; deliver: () => void; bytes: number }[] = [];
  let queuedBytes = 0;
  let blocked = false;
  let waiting = false;

  function put(deliver: () => void, bytes: number): void {
    queue.push({ at: Math.max(clock.now(), notBefore) + delayMs, deliver, bytes });
    queuedBytes += bytes;
    if (queuedBytes > windowBytes) from.pause();
    if (!waiting && !blocked) wait();
  }

  function wait(): void {
    const head = queue[0];
    if (head === undefined) return;
    waiting = true;
    clock.after(Math.max(0, head.at - clock.now()), () => {
      waiting = false;
      deliverDue();
    });
  }

  function deliverDue(): void {
    // A timer may fire a fraction of a millisecond early; what is that close is due.
    while (!blocked && queue[0] !== undefined && queue[0].at <= clock.now() + 0.5) {
      const { deliver, bytes } = queue.shift() as (typeof queue)[number];
      queuedBytes -= bytes;
      deliver();
    }
    if (queuedBytes <= windowBytes / 2 && from.isPaused()) from.resume();
    if (!blocked) wait();
  }

  from.on('data', (chunk: Buffer) => {
    put(() => {
      if (to.destroyed || to.write(chunk)) return;
      blocked = true;
      to.once('drain', () => {
        blocked = false;
        deliverDue();
      });
    }, chunk.length);
  });
  from.on('end', () => put(() => to.end(), 0));
  from.on('error', () => {}); // 'close' follows
  from.on('close', (hadError) => {
    // `put` even when blocked: a receiver that stopped reading must not keep a dead connection's other half.
    const finish = (): void => {
      if (hadError && !to.destroyed) to.resetAndDestroy();
      else if (!to.writableEnded) to.end();
    };
    if (hadError && blocked) finish();
    else put(finish, 0);
  });
}

/**
 * A request's body on its way to an origin server: counted, paced, and given out once.
 *
 * Why not the request itself: the HTTP client destroys the stream that it sends, and with it would go the client's
 * connection. A body of which nothing has been given out may still go to another origin server.
 */
import { Readable } from 'node:stream';
import type { Exchange } from '../exchange.ts';

export interface RequestBody {
  /** For one attempt. */
  stream(): Readable;
  /** Something was taken out: it cannot be sent a second time. */
  readonly started: boolean;
}

/** `onBroken` hears once why the body cannot be had any more: its status and a word for the log. */
export function requestBody(exchange: Exchange, onBroken: (status: number, failure: string) => void): RequestBody {
  const { request, context, response } = exchange;
  const { limits, clock } = context;
  let started = false;
  let bytes = 0;
  let wanted: Readable | undefined;
  let waitedMs = 0;
  let waitingSince = 0;
  let cancelTimer: (() => void) | undefined;
  let ended = false;
  let reading = false;

  function stopWaiting(): void {
    cancelTimer?.();
    if (cancelTimer !== undefined) waitedMs += clock.now() - waitingSince;
    cancelTimer = undefined;
  }

  /** Only the time counts in which we wait for the client: an origin server that reads slowly is not its fault. */
  function wait(): void {
    if (cancelTimer !== undefined || ended) return;
    waitingSince = clock.now();
    cancelTimer = clock.after(limits.bodyIdleMs, () => broken(408, 'slow-body'));
  }

  function broken(status: number, failure: string): void {
    if (ended) return;
    ended = true;
    stopWaiting();
    request.off('data', onData);
    request.pause();
    onBroken(status, failure);
  }

  function onData(chunk: Buffer): void {
    stopWaiting();
    bytes += chunk.length;
    if (bytes > limits.bodyBytes) {
      broken(413, 'body-too-large');
      return;
    }
    const owedMs = limits.bodyGraceMs + (bytes / limits.bodyBytesPerSecond) * 1000;
    if (waitedMs > owedMs) {
      broken(408, 'slow-body');
      return;
    }
    started = true;
    if (wanted === undefined || wanted.destroyed || !wanted.push(chunk)) request.pause();
    else wait();
  }

  request.on('end', () => {
    ended = true;
    stopWaiting();
    if (wanted !== undefined && !wanted.destroyed) wanted.push(null);
  });
  request.on('close', () => {
    stopWaiting();
    if (!request.complete) wanted?.destroy(new Error('the client went away'));
  });

  return {
    stream() {
      wanted = new Readable({
        highWaterMark: 64 * 1024,
        read() {
          if (!reading) {
            reading = true;
            if (exchange.expectsContinue) response.writeContinue();
            request.on('data', onData);
          }
          if (request.readableEnded || ended) {
            this.push(null);
            return;
          }
          wait();
          request.resume();
        },
        destroy(error, done) {
          stopWaiting();
          request.pause();
          done(error);
        },
      });
      // Its end is told through the exchange; nobody else listens.
      wanted.on('error', () => {});
      return wanted;
    },
    get started() {
      return started;
    },
  };
}

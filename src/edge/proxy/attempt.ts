/**
 * An attempt: one request to one origin server, and its answer streamed to the client.
 *
 * Why the plain dispatch handler: no stream, promise or header object is made per request; this is what makes the proxy
 * cheap. Backpressure goes both ways: a client that reads slowly pauses the origin server's socket.
 */
import type { Duplex } from 'node:stream';
import type { Client, Dispatcher } from 'undici';
import type { Exchange } from '../exchange.ts';
import { clientResponseHeaders } from './headers.ts';
import type { OriginServer } from './origin-server.ts';

/** What the attempt tells the one who made it; exactly one of `failed` and `completed` is called. */
export interface AttemptOwner {
  /** Before anything of an answer reached the client. `sent`: the origin server may have had the request. */
  failed(attempt: Attempt, error: Error & { code?: string }, sent: boolean): void;
  completed(attempt: Attempt): void;
  upgraded(attempt: Attempt, rawHeaders: readonly (Buffer | string)[], socket: Duplex): void;
}

export class Attempt implements Dispatcher.DispatchHandler {
  readonly originServer: OriginServer;
  readonly client: Client;
  readonly #exchange: Exchange;
  readonly #owner: AttemptOwner;
  #abort: ((error?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #cancelStall: (() => void) | undefined;
  #sent = false;
  #headed = false;
  #ended = false;
  #given = false;
  #cancelled: Error | undefined;
  /** Bytes of the body still to come; -1 where not told. */
  #remaining = -1;

  constructor(exchange: Exchange, originServer: OriginServer, owner: AttemptOwner) {
    this.#exchange = exchange;
    this.#owner = owner;
    this.originServer = originServer;
    this.client = originServer.acquire();
  }

  /** Lets go of the origin server's connection at once; nothing more is told to the owner. */
  cancel(): void {
    this.#cancelled ??= new Error('the exchange is over');
    this.#cancelStall?.();
    this.#abort?.(this.#cancelled);
  }

  /** An answer's head has gone to the client: no other attempt can be made. */
  get headed(): boolean {
    return this.#headed;
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort;
    if (this.#cancelled !== undefined) {
      abort(this.#cancelled);
      return;
    }
    this.#sent = true;
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, reason: string): boolean {
    if (status < 200 || this.#cancelled !== undefined) return true;
    const exchange = this.#exchange;
    const { response } = exchange;
    const { headers, bodyBytes, hasDate } = clientResponseHeaders(raw);
    this.#resume = resume;
    this.#remaining = bodyBytes;
    if (hasDate) response.sendDate = false;
    if (exchange.hasBody && !exchange.request.complete && bodyBytes < 0) response.shouldKeepAlive = false;
    // Throws where a header has characters that HTTP forbids; undici then fails the attempt with that error.
    exchange.head(status, headers, reason);
    this.#headed = true;
    // The first bytes of the body usually come in the same turn, and go out with the head; where they do not (an event
    // stream), the head must not wait for them.
    process.nextTick(flushHead, this);
    return true;
  }

  flushHead(): void {
    if (!this.#ended && !this.#given && this.#cancelled === undefined) this.#exchange.response.flushHeaders();
  }

  onData(chunk: Buffer): boolean {
    if (this.#cancelled !== undefined) return true;
    const exchange = this.#exchange;
    const { response } = exchange;
    exchange.sentBytes += chunk.length;
    this.#given = true;
    if (this.#remaining >= 0) {
      this.#remaining -= chunk.length;
      if (this.#remaining === 0 && (!exchange.hasBody || exchange.request.complete)) {
        // The last bytes: one write instead of two.
        this.#ended = true;
        if (chunk.length <= 8192) response.end(chunk.toString('latin1'), 'latin1');
        else response.end(chunk);
        return true;
      }
    }
    if (response.write(chunk)) return true;
    this.#cancelStall = exchange.context.clock.after(exchange.context.limits.slowReaderMs, () => {
      exchange.cut('slow-reader');
    });
    response.once('drain', () => {
      this.#cancelStall?.();
      this.#cancelStall = undefined;
      this.#resume?.();
    });
    return false;
  }

  onComplete(): void {
    this.#cancelStall?.();
    if (this.#cancelled !== undefined) return;
    this.#owner.completed(this);
    if (this.#ended) return;
    this.#ended = true;
    const exchange = this.#exchange;
    if (exchange.hasBody && !exchange.request.complete && !exchange.expectsContinue) exchange.endAfterBody();
    else exchange.response.end();
  }

  onError(error: Error): void {
    this.#cancelStall?.();
    if (this.#cancelled !== undefined) return;
    this.#owner.failed(this, error, this.#sent);
  }

  onUpgrade(_status: number, raw: Buffer[] | string[] | null, socket: Duplex): void {
    if (this.#cancelled !== undefined) {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.#owner.upgraded(this, raw ?? [], socket);
  }
}

function flushHead(attempt: Attempt): void {
  attempt.flushHead();
}

/**
 * An attempt: one request to one origin server, and its answer streamed to the client.
 *
 * No stream, promise or header object is made per request; this is what makes the proxy cheap. Backpressure goes both
 * ways: a client that reads slowly pauses the origin server's socket.
 */
import type { Socket } from 'node:net';
import type { Exchange } from '../exchange.ts';
import type { OriginConnection, OriginFailure, ResponseHandler } from '../origin/connection.ts';
import { latin1 } from '../origin/latin1.ts';
import type { ResponseHead } from '../origin/response-head.ts';
import { clientResponseHeaders } from './headers.ts';
import type { OriginServer } from './origin-server.ts';

/** What the attempt tells the one who made it; exactly one of the last three is called, unless it is cancelled. */
export interface AttemptOwner {
  /** No answer has come for a while; the attempt goes on. */
  silent(attempt: Attempt): void;
  /** Its answer has come and is about to go to the client, so no other may. */
  answered(attempt: Attempt): void;
  /** Before anything of an answer reached the client, or, where it is `headed`, in the midst of it. */
  failed(attempt: Attempt, failure: OriginFailure): void;
  completed(attempt: Attempt): void;
  upgraded(attempt: Attempt, head: ResponseHead, socket: Socket): void;
}

/** Up to here the last bytes of a body go out in one piece with what stands before them. */
const smallBytes = 8192;

export class Attempt implements ResponseHandler {
  readonly originServer: OriginServer;
  readonly connection: OriginConnection;
  /** The origin server's answers to anybody, when this was sent. */
  readonly #answersBefore: number;
  readonly #exchange: Exchange;
  readonly #owner: AttemptOwner;
  #cancelStall: (() => void) | undefined;
  #headed = false;
  #ended = false;
  #given = false;

  constructor(exchange: Exchange, originServer: OriginServer, connection: OriginConnection, owner: AttemptOwner) {
    this.#exchange = exchange;
    this.#owner = owner;
    this.originServer = originServer;
    this.connection = connection;
    this.#answersBefore = originServer.health.answers;
  }

  /** Nothing was heard of the origin server since this was sent, not by others either. */
  get mute(): boolean {
    return this.originServer.health.answers === this.#answersBefore;
  }

  /** Lets go of the origin server's connection at once; nothing more is told to the owner. */
  cancel(): void {
    this.#cancelStall?.();
    this.connection.destroy();
  }

  /** An answer's head has gone to the client: no other attempt can be made. */
  get headed(): boolean {
    return this.#headed;
  }

  silent(): void {
    this.#owner.silent(this);
  }

  head(head: ResponseHead): void {
    this.#owner.answered(this);
    const exchange = this.#exchange;
    const { response } = exchange;
    const { headers, hasLength, hasDate } = clientResponseHeaders(head.fields, head.status);
    if (hasDate) response.sendDate = false;
    if (exchange.hasBody && !exchange.request.complete && !hasLength) response.shouldKeepAlive = false;
    exchange.head(head.status, headers, head.reason);
    this.#headed = true;
  }

  /** The first bytes of a body go out with the head; where there are none yet (an event stream), it must not wait. */
  waiting(): void {
    if (this.#headed && !this.#given) {
      this.#given = true;
      this.#exchange.response.flushHeaders();
    }
  }

  data(bytes: Buffer, start: number, end: number, last: boolean): boolean {
    const exchange = this.#exchange;
    const { response } = exchange;
    exchange.sentBytes += end - start;
    this.#given = true;
    const isSmall = end - start <= smallBytes;
    if (last && isSmall && (!exchange.hasBody || exchange.request.complete)) {
      // The last bytes: one write instead of two.
      this.#ended = true;
      response.end(latin1(bytes, start, end), 'latin1');
      return true;
    }
    if (response.write(Buffer.from(bytes.subarray(start, end)))) return true;
    if (this.#cancelStall !== undefined) return false;
    this.#cancelStall = exchange.context.clock.after(exchange.context.limits.slowReaderMs, () => {
      exchange.cut('slow-reader');
    });
    response.once('drain', () => {
      this.#cancelStall?.();
      this.#cancelStall = undefined;
      // Once it has ended, the connection may carry another's request.
      if (!this.#ended) this.connection.resume();
    });
    return false;
  }

  ended(): void {
    this.#cancelStall?.();
    this.#owner.completed(this);
    if (this.#ended) return;
    this.#ended = true;
    const exchange = this.#exchange;
    if (exchange.hasBody && !exchange.request.complete && !exchange.expectsContinue) exchange.endAfterBody();
    else exchange.response.end();
  }

  failed(failure: OriginFailure): void {
    this.#cancelStall?.();
    this.#owner.failed(this, failure);
  }

  upgraded(head: ResponseHead, socket: Socket): void {
    this.#owner.upgraded(this, head, socket);
  }
}

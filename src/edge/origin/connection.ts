/**
 * One connection to an origin server: one request at a time, then idle until the next.
 *
 * Why nothing is ever sent behind a request that is still open: what one request's answer is must not depend on what
 * another did. Bytes that come while nothing was asked end the connection, and so does everything that leaves a doubt.
 */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { EdgeLimits } from '../limits.ts';
import type { Connector } from './connector.ts';
import { type Deadlines, never, type Timed } from './deadlines.ts';
import { sendBody } from './request-body.ts';
import { formatRequestHead, type OriginRequest } from './request-head.ts';
import type { ResponseHead } from './response-head.ts';
import { ResponseReader, type ResponseSink } from './response-reader.ts';

/** How a request to an origin server ended badly; the kind is a word for the log. */
export interface OriginFailure {
  readonly kind: 'refused' | 'unreachable' | 'connect-timeout' | 'timeout' | 'closed' | 'garbage' | 'unsendable';
  /** The origin server may have had the request. */
  readonly sent: boolean;
  readonly why: string;
  /** What was thrown where a bug of ours is behind it. */
  readonly bug?: unknown;
}

/** What hears of one request's answer. After `ended`, `failed` or `upgraded` it hears nothing more. */
export interface ResponseHandler {
  head(head: ResponseHead): void;
  /** No head has come for `originPatienceMs`. The request, one without a body, goes on. */
  silent(): void;
  /** See `ResponseSink.data`; false where no more is wanted until `resume` is called. */
  data(bytes: Buffer, start: number, end: number, last: boolean): boolean;
  /** All that came together was given on, and the answer is not at its end. */
  waiting(): void;
  ended(): void;
  failed(failure: OriginFailure): void;
  /** The socket now carries the other protocol; nothing of it was read yet. */
  upgraded(head: ResponseHead, socket: Socket): void;
}

/** A body to send: with the declared length, or -1 for chunks. */
export interface OriginRequestBody {
  readonly stream: Readable;
  readonly bytes: number;
}

export interface ConnectionParts {
  readonly connector: Connector;
  readonly deadlines: Deadlines;
  readonly limits: EdgeLimits;
  /** Called once, when the connection cannot be used any more. */
  readonly onGone: (connection: OriginConnection) => void;
}

export class OriginConnection implements Timed, ResponseSink {
  deadline: number;
  readonly #parts: ConnectionParts;
  readonly #socket: Socket;
  readonly #reader: ResponseReader;
  #handler: ResponseHandler | undefined;
  #connected = false;
  /** To be sent once connected. */
  #waiting: { readonly head: string; readonly body: OriginRequestBody | undefined } | undefined;
  #sent = false;
  #body: { stop(): void } | undefined;
  #head: ResponseHead | undefined;
  #paused = false;
  /** What is left to wait for the head once the handler was told that none has come. */
  #patienceEnds: number | undefined;
  #gone = false;
  /** Takes the bytes after a switch of protocols. */
  #switched: ((bytes: Buffer) => boolean) | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#reader = new ResponseReader(this, parts.limits.originHeaderBytes);
    const socket = parts.connector.open((length, bytes) => this.#onRead(length, bytes));
    this.#socket = socket;
    this.deadline = parts.deadlines.after(parts.limits.originConnectMs);
    parts.deadlines.add(this);
    socket.on(parts.connector.readyEvent, () => this.#onConnected());
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error: NodeJS.ErrnoException) => this.#onError(error));
    socket.on('close', () => this.#onError(undefined));
  }

  /** It is idle and may carry another request. */
  get reusable(): boolean {
    return (
      !this.#gone &&
      this.#handler === undefined &&
      this.#switched === undefined &&
      this.#socket.writable &&
      !this.#parts.deadlines.isPast(this.deadline)
    );
  }

  /** Sends a request on a connection that carries none. */
  send(request: OriginRequest, body: OriginRequestBody | undefined, handler: ResponseHandler): void {
    this.#handler = handler;
    this.#head = undefined;
    this.#sent = false;
    this.#patienceEnds = undefined;
    const head = formatRequestHead(request);
    if (head === undefined) {
      this.#fail('unsendable', 'the request is no HTTP that may be sent on');
      return;
    }
    this.#reader.begin(request.method, request.upgrade);
    if (this.#connected) this.#write(head, body);
    else this.#waiting = { head, body };
  }

  /** Wants more of the body after `data` has returned false. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#handler !== undefined) this.deadline = this.#parts.deadlines.after(this.#parts.limits.originBodyIdleMs);
    this.#socket.resume();
  }

  /** Ends it at once; the handler hears nothing more. */
  destroy(): void {
    this.#handler = undefined;
    this.#leave();
    this.#socket.destroy();
  }

  late(): void {
    if (!this.#connected) this.#fail('connect-timeout', 'no connection came about in time');
    else if (this.#handler === undefined) this.destroy();
    else if (this.#patienceEnds !== undefined && this.#head === undefined) {
      this.deadline = this.#parts.deadlines.after(this.#patienceEnds);
      this.#patienceEnds = undefined;
      this.#handler.silent();
    } else this.#fail('timeout', 'the answer, or the next part of it, did not come in time');
  }

  #onConnected(): void {
    this.#connected = true;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#write(waiting.head, waiting.body);
  }

  #write(head: string, body: OriginRequestBody | undefined): void {
    const { deadlines, limits } = this.#parts;
    this.#sent = true;
    this.deadline = deadlines.after(limits.originHeadersMs);
    this.#socket.write(head, 'latin1');
    if (body === undefined) {
      if (limits.originPatienceMs >= limits.originHeadersMs) return;
      this.deadline = deadlines.after(limits.originPatienceMs);
      this.#patienceEnds = limits.originHeadersMs - limits.originPatienceMs;
      return;
    }
    this.#body = sendBody(this.#socket, body, {
      waitsFor: (whom) => {
        if (this.#head !== undefined) return;
        this.deadline = whom === 'client' ? never : deadlines.after(limits.originHeadersMs);
      },
      ended: () => {
        this.#body = undefined;
        if (this.#head === undefined) this.deadline = deadlines.after(limits.originHeadersMs);
      },
      broken: (why) => {
        this.#body = undefined;
        this.#fail('closed', why);
      },
    });
  }

  #onRead(length: number, bytes: Buffer): boolean {
    if (this.#switched !== undefined) return this.#switched(bytes.subarray(0, length));
    if (this.#handler === undefined) {
      // Nothing was asked: whatever this is, it must not become the next request's answer (RFC 9112 §9.2).
      this.destroy();
      return true;
    }
    let read: number | string;
    try {
      read = this.#reader.feed(bytes, length);
    } catch (bug) {
      this.#fail('garbage', (bug as Error).message, bug);
      return true;
    }
    if (this.#handler === undefined) return true;
    if (typeof read === 'string') this.#fail('garbage', read);
    else if (this.#reader.switched) this.#upgrade(bytes.subarray(read, length));
    else if (this.#reader.idle) this.#complete(read < length);
    else {
      if (this.#head !== undefined && !this.#paused) {
        this.deadline = this.#parts.deadlines.after(this.#parts.limits.originBodyIdleMs);
      }
      this.#handler.waiting();
      return !this.#paused;
    }
    return true;
  }

  head(head: ResponseHead): void {
    this.#head = head;
    if (!this.#reader.switched) this.#handler?.head(head);
  }

  data(bytes: Buffer, start: number, end: number, last: boolean): void {
    if (this.#handler?.data(bytes, start, end, last) === false) {
      this.#paused = true;
      // A client that reads slowly is timed by whoever writes to it.
      this.deadline = never;
    }
  }

  #onEnd(): void {
    if (this.#switched !== undefined) return;
    if (this.#handler !== undefined && this.#reader.end()) this.#complete(true);
    else this.#fail('closed', 'the connection ended before the answer did');
  }

  #onError(error: NodeJS.ErrnoException | undefined): void {
    if (this.#gone) return;
    const why = error?.message ?? 'the connection was closed';
    if (!this.#connected) {
      if (error?.code === 'ECONNREFUSED') this.#fail('refused', why);
      else this.#fail(error?.code === 'ETIMEDOUT' ? 'connect-timeout' : 'unreachable', why);
    } else this.#fail(error?.code === 'ETIMEDOUT' ? 'timeout' : 'closed', why);
  }

  #complete(doubtful: boolean): void {
    const handler = this.#handler as ResponseHandler;
    const head = this.#head as ResponseHead;
    this.#handler = undefined;
    if (doubtful || !head.keepAlive || this.#body !== undefined) {
      this.destroy();
    } else {
      const { limits, deadlines } = this.#parts;
      const told = head.keepAliveSeconds;
      // A second less than told: the next request is then on its way before the origin server's time is over.
      const keepMs =
        told === undefined ? limits.originKeepAliveMs : Math.min(limits.originKeepAliveMs, told * 1000 - 1000);
      this.deadline = deadlines.before(keepMs);
      this.resume();
    }
    handler.ended();
  }

  #upgrade(rest: Buffer): void {
    const handler = this.#handler as ResponseHandler;
    const socket = this.#socket;
    this.#handler = undefined;
    this.#leave();
    // From here on the socket is a stream like any other; what it reads goes the way of its own reads.
    socket.pause();
    socket.removeAllListeners('data');
    this.#switched = (bytes) => socket.push(Buffer.from(bytes));
    if (rest.length > 0) socket.unshift(Buffer.from(rest));
    handler.upgraded(this.#head as ResponseHead, socket);
  }

  #fail(kind: OriginFailure['kind'], why: string, bug?: unknown): void {
    const handler = this.#handler;
    const sent = this.#sent;
    this.destroy();
    handler?.failed(bug === undefined ? { kind, sent, why } : { kind, sent, why, bug });
  }

  /** Lets go of everything but the socket. */
  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#waiting = undefined;
    const body = this.#body;
    this.#body = undefined;
    body?.stop();
    this.#parts.deadlines.remove(this);
    this.#parts.onGone(this);
  }
}

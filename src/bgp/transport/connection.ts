/**
 * One TCP connection of a peering, from the attempt to the last FIN.
 *
 * Why: its owner wants to know four things (connected, failed, bytes, closed) and to say two (send, close). Here they are made
 * of Node's events, with every wait bounded: the attempt, what a peer may leave unread, how long it may read nothing
 * (RFC 9687), and how long a closed connection may linger to deliver its last message.
 */
import type net from 'node:net';
import { unreachable } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { SpeakerEffect } from '../speaker/types.ts';
import { Timers } from './timers.ts';
import type { ConnectionEnds, SessionChange } from './types.ts';

export interface ConnectionLimits {
  readonly connectTimeoutMs: number;
  readonly lingerMs: number;
  readonly maximumQueueBytes: number;
  readonly sendHoldMs: number;
}

/** Nothing is called after `failed` or `closed`, nor after the owner's own `close` or `abort`. */
export interface ConnectionOwner {
  connected(): void;
  failed(why: string): void;
  bytes(bytes: Uint8Array): void;
  closed(why: string): void;
}

/** What is told of a session that has come up on this connection. */
export function sessionUp({ peer, negotiated }: SessionUp, on: Connection | undefined): SessionChange {
  return { type: 'up', peer, negotiated, ...(on && { ends: on.ends }) };
}

type SessionUp = Extract<SpeakerEffect, { type: 'session-up' }>;
type ConnectionTimer = 'connect' | 'linger' | 'send-hold';

export class Connection {
  readonly #socket: net.Socket;
  readonly #limits: ConnectionLimits;
  readonly #owner: ConnectionOwner;
  readonly #timers: Timers<ConnectionTimer>;
  #phase: 'connecting' | 'open' | 'ending';
  #why: string | undefined;
  /** Settles when the socket is closed: `false` where the peer may not have had all that we sent. */
  readonly gone: Promise<boolean>;

  constructor(socket: net.Socket, options: { clock: Clock; limits: ConnectionLimits; owner: ConnectionOwner }) {
    this.#socket = socket;
    this.#limits = options.limits;
    this.#owner = options.owner;
    this.#timers = new Timers(options.clock, (timer) => this.#due(timer));
    this.#phase = socket.connecting ? 'connecting' : 'open';
    if (this.#phase === 'connecting') this.#timers.set('connect', this.#limits.connectTimeoutMs);
    else socket.setNoDelay(true); // Node forgets it on a socket that is not connected yet
    let acknowledged = this.#phase === 'connecting';
    this.gone = new Promise((resolve) => socket.once('close', () => resolve(acknowledged)));
    socket.on('connect', () => {
      socket.setNoDelay(true);
      acknowledged = false;
      this.#connected();
    });
    socket.on('data', (data: Buffer) => {
      if (this.#phase === 'open') this.#owner.bytes(data);
    });
    socket.on('end', () => {
      acknowledged = true;
      this.#ended('the peer closed it');
    });
    socket.on('error', (error) => {
      this.#why ??= error.message;
    });
    socket.on('close', () => {
      this.#timers.clearAll();
      this.#ended(this.#why ?? 'the socket closed');
    });
  }

  get ends(): ConnectionEnds {
    const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = this.#socket;
    return { local: { host: localAddress, port: localPort }, remote: { host: remoteAddress, port: remotePort } };
  }

  /** What was handed over and the peer has not taken yet. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /** Writes all chunks as one. A peer that left more than the limit unread loses the connection instead. */
  send(chunks: readonly Uint8Array[]): void {
    if (this.#phase !== 'open') return;
    const { maximumQueueBytes, sendHoldMs } = this.#limits;
    if (this.queuedBytes > maximumQueueBytes) {
      this.#giveUp(`the peer has left ${this.queuedBytes} bytes unread; the limit is ${maximumQueueBytes}`);
      return;
    }
    if (this.queuedBytes === 0) this.#timers.set('send-hold', sendHoldMs);
    const bytes = chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
    this.#socket.write(bytes, () => {
      // RFC 9687 §4: what was sent restarts the timer, and nothing waiting stops it.
      if (this.queuedBytes === 0 || this.#phase !== 'open') this.#timers.clear('send-hold');
      else this.#timers.set('send-hold', sendHoldMs);
    });
  }

  /** Delivers what was sent, closes our end, and waits for the peer to close its own; an attempt is just given up. */
  close(): void {
    if (this.#phase === 'connecting') {
      this.abort();
      return;
    }
    this.#end();
    // The peer's last bytes are read and dropped: closing with unread bytes would send a reset, which can overtake our
    // NOTIFICATION at the peer.
    this.#socket.end();
  }

  /** Closes now, whatever waits. */
  abort(): void {
    this.#phase = 'ending';
    this.#timers.clearAll();
    this.#socket.destroy();
  }

  /** As `abort`, and the peer sees a reset: for one that we never answered. */
  static refuse(socket: net.Socket): void {
    socket.on('error', () => {});
    socket.resetAndDestroy();
  }

  #connected(): void {
    if (this.#phase !== 'connecting') return;
    this.#timers.clear('connect');
    this.#phase = 'open';
    this.#owner.connected();
  }

  #ended(why: string): void {
    const phase = this.#phase;
    if (phase === 'ending') return;
    this.#end();
    if (phase === 'connecting') this.#owner.failed(why);
    else this.#owner.closed(why);
  }

  /** From here on the owner hears nothing, and the socket has `lingerMs` left. */
  #end(): void {
    this.#phase = 'ending';
    this.#timers.clearAll();
    if (!this.#socket.destroyed) this.#timers.set('linger', this.#limits.lingerMs);
  }

  #giveUp(why: string): void {
    this.#why ??= why;
    this.#ended(why);
    this.#timers.clearAll();
    this.#socket.destroy();
  }

  #due(timer: ConnectionTimer): void {
    switch (timer) {
      case 'connect':
        this.#giveUp(`no answer in ${this.#limits.connectTimeoutMs} ms`);
        return;
      case 'send-hold':
        this.#giveUp(`the peer has read nothing for ${this.#limits.sendHoldMs} ms (RFC 9687)`);
        return;
      case 'linger':
        this.#socket.destroy();
        return;
      default:
        unreachable(timer);
    }
  }
}

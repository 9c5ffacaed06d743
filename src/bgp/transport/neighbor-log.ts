/**
 * What a speaker over TCP knows of its neighbours beyond the pure one: since when, and how many messages went each way.
 *
 * Why here: the pure speaker has no clock and sees no connection. Counts go on over sessions, until the neighbour is removed.
 */
import type { Clock } from '../../base/clock.ts';
import type { NeighborStatus } from '../speaker/types.ts';
import { type MessageCounts, MessageMeter, noMessages } from './message-meter.ts';

export interface HostNeighbor extends NeighborStatus {
  /** How long the session has been established. */
  readonly establishedForMs?: number;
  /** How long ago `lastDown` happened. */
  readonly lastDownAgoMs?: number;
  /** Times that the session was established. */
  readonly establishedCount: number;
  readonly messages: { readonly received: Readonly<MessageCounts>; readonly sent: Readonly<MessageCounts> };
}

interface Entry {
  establishedAt?: number;
  downAt?: number;
  establishedCount: number;
  readonly messages: { readonly received: MessageCounts; readonly sent: MessageCounts };
}

/** The two directions of one connection. */
export interface ConnectionMeter {
  readonly received: MessageMeter;
  readonly sent: MessageMeter;
}

export class NeighborLog {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  up(peer: string): void {
    const entry = this.#entry(peer);
    entry.establishedAt = this.#clock.now();
    entry.establishedCount++;
  }

  down(peer: string): void {
    const entry = this.#entry(peer);
    delete entry.establishedAt;
    entry.downAt = this.#clock.now();
  }

  /** For one connection of a peer. */
  meter(peer: string): ConnectionMeter {
    const { received, sent } = this.#entry(peer).messages;
    return { received: new MessageMeter(received), sent: new MessageMeter(sent) };
  }

  forget(peer: string): void {
    this.#entries.delete(peer);
  }

  completed(status: NeighborStatus): HostNeighbor {
    const { establishedAt, downAt, establishedCount, messages } = this.#entry(status.id);
    const now = this.#clock.now();
    return {
      ...status,
      ...(establishedAt === undefined ? {} : { establishedForMs: Math.max(0, now - establishedAt) }),
      ...(downAt === undefined ? {} : { lastDownAgoMs: Math.max(0, now - downAt) }),
      establishedCount,
      messages: { received: { ...messages.received }, sent: { ...messages.sent } },
    };
  }

  #entry(peer: string): Entry {
    let entry = this.#entries.get(peer);
    if (entry === undefined) {
      entry = { establishedCount: 0, messages: { received: noMessages(), sent: noMessages() } };
      this.#entries.set(peer, entry);
    }
    return entry;
  }
}

/**
 * Counts the messages in one direction of a connection, by kind, from the bytes as they pass.
 *
 * Why from the bytes: one place counts both directions alike, whatever the speaker makes of the messages; it reads three bytes
 * of each header (RFC 4271 §4.1) and skips the rest. A stream that is no BGP any more, which ends the session, counts no further.
 */
import { headerLength, messageKinds } from '../message/header.ts';
import type { Message } from '../message/types.ts';

export type MessageCounts = Record<Message['type'], number>;

export function noMessages(): MessageCounts {
  return { open: 0, update: 0, notification: 0, keepalive: 0, 'route-refresh': 0 };
}

const kindOf: readonly (Message['type'] | undefined)[] = messageKinds.reduce<(Message['type'] | undefined)[]>(
  (kinds, { number, type }) => {
    kinds[number] = type;
    return kinds;
  },
  [],
);

export class MessageMeter {
  readonly #counts: MessageCounts;
  /** How much of the present message has passed. */
  #at = 0;
  /** Of the present message; known once its header has passed. */
  #length = headerLength;
  #lost = false;

  /** Adds to `counts`, which goes on from one connection to the next. */
  constructor(counts: MessageCounts) {
    this.#counts = counts;
  }

  push(bytes: Uint8Array): void {
    let index = 0;
    while (index < bytes.length && !this.#lost) {
      if (this.#at < 16) {
        const skip = Math.min(16 - this.#at, bytes.length - index);
        this.#at += skip;
        index += skip;
      } else if (this.#at < headerLength) {
        this.#header(bytes[index] as number);
        index++;
      } else {
        const skip = Math.min(this.#length - this.#at, bytes.length - index);
        this.#at += skip;
        index += skip;
      }
      if (this.#at >= headerLength && this.#at === this.#length) this.#at = 0;
    }
  }

  #header(byte: number): void {
    if (this.#at === 16) this.#length = byte << 8;
    else if (this.#at === 17) this.#length |= byte;
    else this.#kind(byte);
    this.#at++;
  }

  #kind(number: number): void {
    const kind = kindOf[number];
    if (kind === undefined || this.#length < headerLength) this.#lost = true;
    else this.#counts[kind]++;
  }
}

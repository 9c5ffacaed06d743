/**
 * Cuts a TCP stream into BGP messages.
 *
 * Why: TCP keeps no boundaries. A message that stands whole in the bytes that came is a view of them; one that is split is
 * gathered in a buffer and copied out of it. So the cost is linear however the stream is split, and the memory bounded
 * whatever a peer sends. Whoever keeps a part of a message copies it, as the decoders do: a view keeps all that came alive.
 */
import { plainBytes } from '../../base/bytes.ts';
import { headerLength, longestReceived, type MessageLengths, readHeader } from './header.ts';
import type { MessageError } from './types.ts';

export interface FramerResult {
  /** Whole messages with checked headers, in order. */
  readonly messages: readonly Uint8Array[];
  /** What ended the stream, after `messages`: a header that cannot be followed leaves no way to find the next one. */
  readonly error?: MessageError;
}

const smallBuffer = 4096;

export class MessageFramer {
  /** Grows to the longest message seen: most sessions never see a long one. */
  #buffer = new Uint8Array(smallBuffer);
  #longest = longestReceived({});
  /** Bytes of the current message that are in the buffer. */
  #filled = 0;
  /** Bytes to gather before the next look: a header, then the message that it announces. */
  #wanted = headerLength;
  #error: MessageError | undefined;

  /** Bytes of an unfinished message that are waiting for the rest. */
  get pendingBytes(): number {
    return this.#filled;
  }

  /** What the session negotiated: from the next header on, messages may be that long (RFC 8654 §4). */
  negotiated(context: MessageLengths): void {
    this.#longest = longestReceived(context);
  }

  /** Takes the next bytes of the stream, any number of them. After an error it answers that error for ever. */
  push(stream: Uint8Array): FramerResult {
    const bytes = plainBytes(stream);
    const messages: Uint8Array[] = [];
    let offset = 0;
    while (this.#error === undefined && offset < bytes.length) {
      if (this.#filled === 0 && bytes.length - offset >= headerLength) {
        const header = readHeader(bytes, this.#longest, offset);
        if (!header.ok) {
          this.#error = header.error;
          break;
        }
        if (offset + header.length <= bytes.length) {
          messages.push(bytes.subarray(offset, offset + header.length));
          offset += header.length;
          continue;
        }
      }
      const part = bytes.subarray(offset, offset + this.#wanted - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      offset += part.length;
      if (this.#filled < this.#wanted) break;
      if (this.#filled === headerLength && this.#wanted === headerLength) {
        const header = readHeader(this.#buffer, this.#longest);
        if (!header.ok) {
          this.#error = header.error;
          break;
        }
        this.#wanted = header.length;
        if (header.length > this.#buffer.length) this.#buffer = grown(this.#buffer, header.length);
        if (header.length > headerLength) continue;
      }
      messages.push(this.#buffer.slice(0, this.#filled));
      this.#filled = 0;
      this.#wanted = headerLength;
    }
    return this.#error === undefined ? { messages } : { messages, error: this.#error };
  }
}

function grown(buffer: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(buffer);
  return larger;
}

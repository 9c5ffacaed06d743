/**
 * Cuts a TCP stream into BMP messages.
 *
 * Why: as BGP's framer, each byte is copied once in and once out, and the memory is bounded whatever a router claims: the buffer grows as
 * bytes come, not as the length says.
 */
import { commonHeaderLength, readCommonHeader } from './common-header.ts';
import type { BmpError } from './types.ts';

const smallBuffer = 4096;

export class BmpFramer {
  #buffer = new Uint8Array(smallBuffer);
  #filled = 0;
  #wanted = commonHeaderLength;
  #error: BmpError | undefined;
  #stopped = false;

  /** Bytes of an unfinished message that are waiting for the rest. */
  get pendingBytes(): number {
    return this.#filled;
  }

  /**
   * Takes the next bytes of the stream and hands out each whole message, in order, a copy of its own. Returns what ended the stream: after
   * that it takes nothing more. `take` says whether to go on; once it says no, nothing more is handed out.
   */
  push(bytes: Uint8Array, take: (message: Uint8Array) => boolean): BmpError | undefined {
    let offset = 0;
    while (this.#error === undefined && !this.#stopped && offset < bytes.length) {
      const part = bytes.subarray(offset, offset + this.#wanted - this.#filled);
      this.#append(part);
      offset += part.length;
      if (this.#filled < this.#wanted) break;
      if (this.#wanted === commonHeaderLength) {
        const header = readCommonHeader(this.#buffer);
        if (!header.ok) {
          this.#error = header.error;
          break;
        }
        this.#wanted = header.length;
        if (header.length > commonHeaderLength) continue;
      }
      const message = this.#buffer.slice(0, this.#filled);
      this.#filled = 0;
      this.#wanted = commonHeaderLength;
      this.#stopped = !take(message);
    }
    return this.#error;
  }

  #append(part: Uint8Array): void {
    const needed = this.#filled + part.length;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, Math.min(this.#buffer.length * 2, this.#wanted)));
      larger.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = larger;
    }
    this.#buffer.set(part, this.#filled);
    this.#filled = needed;
  }
}

/**
 * Cuts a TCP stream into PDUs.
 *
 * Why not gather first: a full answer is half a million PDUs. Those that lie whole in a chunk are handed out as views of it, so
 * each must be decoded before the next chunk comes; only one that is split across chunks is copied, each byte once. So the
 * cost is linear however the stream is split, and the memory bounded whatever a cache sends.
 */
import { headerLength, maximumPduLength, rtrFault } from './header.ts';
import { type RtrFault, rtrError } from './types.ts';

export class PduFramer {
  #buffer = new Uint8Array(256);
  #filled = 0;
  #fault: RtrFault | undefined;

  /** Bytes of an unfinished PDU that are waiting for the rest. */
  get pendingBytes(): number {
    return this.#filled;
  }

  /**
   * Hands each whole PDU to `take`, in order, until it answers `false`: then the rest is dropped. Returns what ended the
   * stream: behind a length that cannot be true, no next PDU can be found.
   */
  push(bytes: Uint8Array, take: (pdu: Uint8Array) => boolean): RtrFault | undefined {
    let offset = 0;
    while (this.#fault === undefined && offset < bytes.length) {
      if (this.#filled === 0 && bytes.length - offset >= headerLength) {
        const length = this.#lengthAt(bytes, offset);
        if (length === undefined) break;
        if (offset + length <= bytes.length) {
          offset += length;
          if (!take(bytes.subarray(offset - length, offset))) return undefined;
          continue;
        }
      }
      const taken = this.#gather(bytes, offset, take);
      if (taken === undefined) return undefined;
      offset += taken;
    }
    return this.#fault;
  }

  /** Takes bytes of a PDU that is split: first its header, then the rest. The number taken; `undefined` where `take` wants no more. */
  #gather(bytes: Uint8Array, offset: number, take: (pdu: Uint8Array) => boolean): number | undefined {
    const wanted = this.#filled < headerLength ? headerLength : this.#lengthAt(this.#buffer, 0);
    if (wanted === undefined) return 0;
    if (wanted > this.#buffer.length) {
      const larger = new Uint8Array(wanted);
      larger.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = larger;
    }
    const part = bytes.subarray(offset, offset + wanted - this.#filled);
    this.#buffer.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled < headerLength) return part.length;
    const length = this.#lengthAt(this.#buffer, 0);
    if (length === undefined || this.#filled < length) return part.length;
    this.#filled = 0;
    return take(this.#buffer.subarray(0, length)) ? part.length : undefined;
  }

  /** The length that the header at `offset` gives; `undefined`, with the fault noted, where it cannot be one. */
  #lengthAt(bytes: Uint8Array, offset: number): number | undefined {
    const at = (index: number): number => bytes[offset + index] as number;
    const length = at(4) * 0x100_0000 + ((at(5) << 16) | (at(6) << 8) | at(7));
    if (length >= headerLength && length <= maximumPduLength) return length;
    this.#fault = rtrFault(bytes.subarray(offset, offset + headerLength), {
      code: rtrError.corruptData,
      what: `a PDU length of ${length}; it must be ${headerLength} to ${maximumPduLength}`,
      offset: 4,
      field: 'length',
      rfc: 'RFC 8210 §5',
    });
    return undefined;
  }
}

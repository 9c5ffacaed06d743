/**
 * Cuts a stream of bytes into MRT records, wherever the stream was cut into chunks.
 *
 * Why not the message framer: a damaged length must not cost the rest of a file of gigabytes. A header that nobody can have
 * written is reported once, and reading goes on at the next one that fits the records before it.
 * Memory: a record that lies in one chunk is handed on in place; else it is gathered, as bytes arrive, up to `longestRecord`.
 * Layout (RFC 6396 §2): [seconds u32][type u16][subtype u16][length u32] message …
 */
import { carriesBgp, isKnown, mrtType } from './numbers.ts';

/** A record in place, valid until the call returns: the framer fills the same object again. */
export interface MrtRecord {
  bytes: Uint8Array;
  /** Of the message, behind header and microseconds. */
  start: number;
  end: number;
  /** Of the header, from the first byte of the (unpacked) stream. */
  offset: number;
  /** Seconds since 1970. */
  time: number;
  /** -1 where the type has none (RFC 6396 §3). */
  microseconds: number;
  type: number;
  subtype: number;
}

/** What was wrong, and where in the (unpacked) stream. */
export interface MrtFault {
  readonly offset: number;
  readonly what: string;
}

export interface FramerOutput {
  record(record: MrtRecord): void;
  fault(fault: MrtFault): void;
}

export const headerBytes = 12;

/** More than any router writes: 65,535 peers with 1 KB of attributes each. */
export const longestRecord = 64 * 1024 * 1024;

/** Two records of one file are rarely further apart; only asked where the place of the next record was lost. */
const nearSeconds = 7 * 86_400;

export class MrtFramer {
  readonly #output: FramerOutput;
  /** Bytes of a record that the last chunk did not end. */
  #held = new Uint8Array(0);
  #heldLength = 0;
  /** Of the next byte that is not yet consumed. */
  #offset = 0;
  #lost = false;
  #lastTime: number | undefined;
  readonly #record: MrtRecord = {
    bytes: this.#held,
    start: 0,
    end: 0,
    offset: 0,
    time: 0,
    microseconds: -1,
    type: 0,
    subtype: 0,
  };

  constructor(output: FramerOutput) {
    this.#output = output;
  }

  /** Takes the next bytes; all records that they end are handed out before it returns. The chunk is not kept. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (this.#heldLength > 0 && at < chunk.length) {
      at += this.#gather(chunk, at);
      if (this.#lost && at >= this.#heldLength) {
        // All that is held stands in this chunk, too: search there.
        at -= this.#heldLength;
        this.#heldLength = 0;
      }
    }
    if (at < chunk.length) this.#hold(chunk, at + this.#consume(chunk, at, chunk.length), chunk.length);
  }

  /** Says that no more comes. */
  end(): void {
    const left = this.#heldLength;
    if (left === 0 || this.#lost) return;
    const claims = left < headerBytes ? `a header has ${headerBytes}` : `it claims ${totalLength(this.#held, 0)}`;
    this.#output.fault({ offset: this.#offset, what: `the stream ends inside a record: ${left} bytes, ${claims}` });
    this.#heldLength = 0;
  }

  /** Adds to what is held as much as its record lacks; answers how many bytes of the chunk it took. */
  #gather(chunk: Uint8Array, at: number): number {
    const wanted = this.#heldLength < headerBytes || this.#lost ? headerBytes : totalLength(this.#held, 0);
    const taken = Math.max(1, Math.min(wanted - this.#heldLength, chunk.length - at));
    this.#hold(chunk, at, at + taken);
    const consumed = this.#consume(this.#held, 0, this.#heldLength);
    if (consumed > 0) {
      this.#held.copyWithin(0, consumed, this.#heldLength);
      this.#heldLength -= consumed;
    }
    return taken;
  }

  #hold(chunk: Uint8Array, from: number, to: number): void {
    if (from === to) return;
    const length = this.#heldLength + to - from;
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#held.length, 4096));
      larger.set(this.#held.subarray(0, this.#heldLength));
      this.#held = larger;
    }
    this.#held.set(chunk.subarray(from, to), this.#heldLength);
    this.#heldLength = length;
  }

  /** Hands out the records in `[from, to)`; answers how many bytes they and what was skipped have. */
  #consume(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (to - at >= headerBytes) {
      if (!this.#isHeader(bytes, at)) {
        if (!this.#lost) {
          const [type, length] = [u16(bytes, at + 4), u32(bytes, at + 8)];
          const what = `no record begins here (type ${type}, length ${length}); looking for the next one`;
          this.#output.fault({ offset: this.#offset, what });
        }
        this.#lost = true;
        at++;
        this.#offset++;
        continue;
      }
      this.#lost = false;
      const length = totalLength(bytes, at);
      if (to - at < length) break;
      this.#emit(bytes, at, at + length);
      at += length;
      this.#offset += length;
    }
    return at - from;
  }

  #isHeader(bytes: Uint8Array, at: number): boolean {
    const type = u16(bytes, at + 4);
    const length = u32(bytes, at + 8);
    if (length > longestRecord || (type === mrtType.bgp4mpEt && length < 4)) return false;
    if (!this.#lost) return carriesBgp(type) || isKnown(type, u16(bytes, at + 6));
    const time = u32(bytes, at);
    return (
      carriesBgp(type) &&
      isKnown(type, u16(bytes, at + 6)) &&
      (this.#lastTime === undefined || Math.abs(time - this.#lastTime) <= nearSeconds)
    );
  }

  #emit(bytes: Uint8Array, at: number, end: number): void {
    const record = this.#record;
    record.bytes = bytes;
    record.offset = this.#offset;
    record.time = u32(bytes, at);
    record.type = u16(bytes, at + 4);
    record.subtype = u16(bytes, at + 6);
    const extended = record.type === mrtType.bgp4mpEt;
    record.microseconds = extended ? u32(bytes, at + headerBytes) : -1;
    record.start = at + headerBytes + (extended ? 4 : 0); // RFC 6396 §3: the length counts them
    record.end = end;
    this.#lastTime = record.time;
    this.#output.record(record);
  }
}

function totalLength(bytes: Uint8Array, at: number): number {
  return headerBytes + u32(bytes, at + 8);
}

/** Big-endian; the caller has checked that the bytes are there. */
export function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function u32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

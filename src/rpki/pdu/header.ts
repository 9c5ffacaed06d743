/**
 * The eight bytes that every PDU begins with, and how a decoder says "malformed".
 *
 * Layout (RFC 8210 §5): [version u8][type u8][session id, error code or flags u16][length u32, of the whole PDU]
 */
import type { RtrFault } from './types.ts';

export const headerLength = 8;

/** No PDU needs more: 64 KiB hold an ASPA of 16,000 providers. What claims more is refused before it is stored. */
export const maximumPduLength = 0xffff;

export const errorReportType = 10;

/** Thrown inside the codec; its one entry turns it into an `RtrFault` value. */
export class PduFault extends Error {
  readonly code: number;
  readonly offset: number;
  readonly field: string;
  readonly rfc: string;

  constructor(details: { code: number; what: string; offset: number; field: string; rfc: string }) {
    super(details.what);
    this.name = 'PduFault';
    this.code = details.code;
    this.offset = details.offset;
    this.field = details.field;
    this.rfc = details.rfc;
  }
}

/** Makes a fault of a PDU's bytes, which are copied: a fault outlives the buffer that they came in. */
export function rtrFault(
  pdu: Uint8Array,
  { code, what, offset, field, rfc }: { code: number; what: string; offset: number; field: string; rfc: string },
): RtrFault {
  return {
    code,
    what,
    offset,
    field,
    rfc,
    pdu: copyOf(pdu.subarray(0, 1024)),
    inErrorReport: pdu[1] === errorReportType,
  };
}

/** A copy of their own for bytes that outlive the read; `slice` would give a view where they are a Buffer of Node's. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

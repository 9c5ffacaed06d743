/**
 * Error Report: why a session ends, in either direction (RFC 8210 §5.11).
 *
 * Layout: [length u32][erroneous PDU …][length u32][text, UTF-8 …]; the header's word is the code.
 * The text comes from a stranger and ends in a log or a terminal, so what could steer one is escaped as it is read.
 */
import type { PduDescriptor } from './descriptor.ts';
import { copyOf, PduFault } from './header.ts';
import { type Pdu, rtrError } from './types.ts';

const rfc = 'RFC 8210 §5.11';

export const errorReport: PduDescriptor<Extract<Pdu, { type: 'error-report' }>> = {
  number: 10,
  type: 'error-report',
  since: 0,
  rfc,
  length: () => ({ atLeast: 16 }),
  decode: (reader, code) => {
    const pdu = copyOf(reader.take(reader.u32('length of encapsulated PDU'), 'encapsulated PDU'));
    const text = reader.take(reader.u32('length of error text'), 'error text');
    if (reader.left > 0) {
      const what = `${reader.left} bytes after the error text`;
      throw new PduFault({ code: rtrError.corruptData, offset: reader.offset, field: 'error text', what, rfc });
    }
    return { type: 'error-report', code, pdu, text: printable(new TextDecoder().decode(text)) };
  },
  word: ({ code }) => code,
  encode: (writer, { pdu, text }) => {
    const bytes = new TextEncoder().encode(text);
    writer.u32(pdu.length).put(pdu).u32(bytes.length).put(bytes);
  },
};

/** StayRTR ends its texts with a zero byte, as C does. */
function printable(text: string): string {
  return text
    .replace(/\0+$/, '')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
}

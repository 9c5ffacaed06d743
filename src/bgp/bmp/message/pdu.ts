/**
 * BGP messages inside BMP messages: found by the length in their own header, read by BGP's codec.
 *
 * Why an OPEN or a NOTIFICATION that BGP would refuse is no fault of the BMP message: routers fabricate some (RFC 9069 §5.2), and that a peer
 * came or went is worth more than why.
 */
import { ByteReader } from '../../../base/bytes.ts';
import { decodeMessage } from '../../message/codec.ts';
import { headerLength, maximumExtendedLength, readHeader } from '../../message/header.ts';
import type { CodecContext, Message, MessageError } from '../../message/types.ts';
import { BmpFault } from './fault.ts';
import type { Pdu } from './types.ts';

/** Of OPEN and NOTIFICATION, which read the same in every session. */
const anySession: CodecContext = {
  fourOctetAsn: true,
  external: true,
  families: ['ipv4-unicast', 'ipv6-unicast'],
  extendedMessages: true,
};

/** The bytes of the next BGP message of this type; faults where its header cannot be followed. */
export function takePdu(reader: ByteReader, type: Message['type'], field: string): Uint8Array {
  const offset = reader.offset;
  const head = new ByteReader(reader.bytes, offset, reader.end).take(headerLength, `${field}.header`);
  const header = readHeader(head, maximumExtendedLength);
  if (!header.ok) {
    const { offset: inside, what, rfc, field: part } = header.error;
    throw new BmpFault({ offset: offset + inside, field: `${field}.${part}`, what, rfc });
  }
  if (header.kind.type !== type) {
    const what = `a BGP ${header.kind.type} where ${type} belongs`;
    throw new BmpFault({ offset: offset + 18, field: `${field}.header.type`, what, rfc: 'RFC 7854 §4' });
  }
  return reader.take(header.length, field).slice();
}

/** As `takePdu`, and read. Errors inside it are the value's. */
export function readPdu<M extends Message>(reader: ByteReader, type: M['type'], field: string): Pdu<M> {
  return pduOf(takePdu(reader, type, field));
}

export function pduOf<M extends Message>(raw: Uint8Array): Pdu<M> {
  const result = decodeMessage(raw, anySession);
  return result.ok ? { raw, message: result.message as M } : { raw, error: result.error };
}

/** What is left, as a message of this type, whatever it is: where nothing stands behind it that its length must lead to. */
export function restAsPdu<M extends Message>(reader: ByteReader, type: M['type']): Pdu<M> {
  const raw = reader.rest().slice();
  const result = decodeMessage(raw, anySession);
  if (!result.ok) return { raw, error: result.error };
  if (result.message.type === type) return { raw, message: result.message as M };
  const what = `a BGP ${result.message.type} where ${type} belongs`;
  return { raw, error: errorAt(18, what) };
}

function errorAt(offset: number, what: string): MessageError {
  const data = new Uint8Array(0);
  return {
    outcome: 'session-reset',
    code: 1,
    subcode: 3,
    data,
    offset,
    field: 'header.type',
    what,
    rfc: 'RFC 7854 §4.9',
  };
}

/**
 * The BMP codec: bytes to values and back, by the type of message.
 *
 * Why one entry each way: here alone the readers' exceptions end, so whatever a router sends, `decodeBmp` answers a value.
 */
import { unreachable } from '../../../base/assert.ts';
import { ByteReader, BytesError, ByteWriter } from '../../../base/bytes.ts';
import { bmpTypes, bmpVersion, commonHeaderLength, type KnownBmpType, readCommonHeader } from './common-header.ts';
import { BmpFault } from './fault.ts';
import { takePdu } from './pdu.ts';
import { decodePeerDown, decodePeerUp, encodePeerDown, encodePeerUp } from './peer-changes.ts';
import { decodePeerHeader, encodePeerHeader } from './peer-header.ts';
import { decodeStatistics, encodeStatistics } from './statistics.ts';
import { decodeTlvs, encodeTlvs } from './tlv.ts';
import type { BmpError, BmpMessage, BmpResult, RouteMonitoring } from './types.ts';

/** The `field` of an error that no byte of the router's is guilty of. */
export const bmpBugField = 'nearcast';

/** Reads one whole message, common header included, as the framer hands it out. Never throws. */
export function decodeBmp(raw: Uint8Array): BmpResult {
  try {
    return { ok: true, message: decode(raw) };
  } catch (error) {
    return { ok: false, error: errorOf(error) };
  }
}

function decode(raw: Uint8Array): BmpMessage {
  if (raw.length < commonHeaderLength) {
    const what = `a message of ${raw.length} bytes; the common header alone has ${commonHeaderLength}`;
    throw new BmpFault({ offset: 0, field: 'length', what, rfc: 'RFC 7854 §4.1' });
  }
  const header = readCommonHeader(raw);
  if (!header.ok) throw new BmpFault(header.error);
  if (header.length !== raw.length) {
    const what = `the message claims ${header.length} bytes and has ${raw.length}`;
    throw new BmpFault({ offset: 1, field: 'length', what, rfc: 'RFC 7854 §4.1' });
  }
  const reader = new ByteReader(raw, commonHeaderLength);
  if (header.type === undefined) return { type: 'unknown', code: header.code, bytes: reader.rest().slice() };
  return decodeBody(header.type, reader);
}

function decodeBody(type: KnownBmpType, reader: ByteReader): BmpMessage {
  switch (type) {
    case 'initiation':
    case 'termination':
      return { type, information: decodeTlvs(reader, 'information') };
    case 'peer-up':
      return decodePeerUp(reader, decodePeerHeader(reader));
    case 'peer-down':
      return decodePeerDown(reader, decodePeerHeader(reader));
    case 'route-monitoring':
      return decodeRouteMonitoring(reader);
    case 'statistics-report':
      return { type, peer: decodePeerHeader(reader), statistics: decodeStatistics(reader) };
    case 'route-mirroring':
      return { type, peer: decodePeerHeader(reader), items: decodeTlvs(reader, 'mirroring') };
    default:
      return unreachable(type);
  }
}

/** Layout (RFC 7854 §4.6): [per-peer header][one UPDATE]. */
function decodeRouteMonitoring(reader: ByteReader): RouteMonitoring {
  const peer = decodePeerHeader(reader);
  const update = takePdu(reader, 'update', 'UPDATE');
  if (reader.left > 0) {
    const what = `${reader.left} bytes stand behind the UPDATE`;
    throw new BmpFault({ offset: reader.offset, field: 'UPDATE', what, rfc: 'RFC 7854 §4.6' });
  }
  return { type: 'route-monitoring', peer, update };
}

function errorOf(error: unknown): BmpError {
  if (error instanceof BmpFault) return error.error;
  if (error instanceof BytesError) {
    const { offset, field, message: what } = error;
    return { offset, field, what, rfc: 'RFC 7854 §4' };
  }
  // A bug of ours, which one router's message must not make the end of the station; the fuzz test fails on this field.
  const what = `a bug of ours while reading: ${error instanceof Error ? error.message : String(error)}`;
  return { offset: 0, field: bmpBugField, what, rfc: 'RFC 7854 §4' };
}

/** Writes one message. A value that BMP cannot say is a bug and throws. */
export function encodeBmp(message: BmpMessage): Uint8Array {
  const writer = new ByteWriter(256);
  const code = message.type === 'unknown' ? message.code : bmpTypes.indexOf(message.type);
  writer.u8(bmpVersion).u32(0).u8(code);
  encodeBody(message, writer);
  const bytes = writer.finish();
  new DataView(bytes.buffer).setUint32(1, bytes.length);
  return bytes;
}

function encodeBody(message: BmpMessage, writer: ByteWriter): void {
  if ('peer' in message) encodePeerHeader(message.peer, writer);
  switch (message.type) {
    case 'initiation':
    case 'termination':
      encodeTlvs(message.information, writer);
      return;
    case 'peer-up':
      encodePeerUp(message, writer);
      return;
    case 'peer-down':
      encodePeerDown(message, writer);
      return;
    case 'route-monitoring':
      writer.put(message.update);
      return;
    case 'statistics-report':
      encodeStatistics(message.statistics, writer);
      return;
    case 'route-mirroring':
      encodeTlvs(message.items, writer);
      return;
    case 'unknown':
      writer.put(message.bytes);
      return;
    default:
      unreachable(message);
  }
}

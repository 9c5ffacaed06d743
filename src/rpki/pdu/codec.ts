/**
 * Reads and writes PDUs: checks version, type and length once for all, then lets the type's descriptor do the rest.
 *
 * Nothing but its result leaves `decodePdu`: whatever the bytes, it answers a PDU or an `RtrFault`.
 */
import { ByteReader, BytesError, ByteWriter } from '../../base/bytes.ts';
import type { PduDescriptor } from './descriptor.ts';
import { headerLength, maximumPduLength, PduFault, rtrFault } from './header.ts';
import { ipv4Prefix, ipv6Prefix } from './prefix-pdu.ts';
import { pduTable } from './table.ts';
import { highestRtrVersion, type Pdu, type RtrFault, type RtrVersion, rtrError, type VersionedPdu } from './types.ts';

export type Decoded = ({ readonly ok: true } & VersionedPdu) | { readonly ok: false; readonly fault: RtrFault };

const byNumber: readonly (PduDescriptor | undefined)[] = Array.from({ length: 16 }, (_, number) =>
  pduTable.find((row) => row.number === number),
);

/** Reads one whole PDU, as the framer cut it. */
export function decodePdu(bytes: Uint8Array): Decoded {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof PduFault) return { ok: false, fault: rtrFault(bytes, faultOf(error)) };
    if (!(error instanceof BytesError)) throw error;
    const { field, offset, message } = error;
    const details = { code: rtrError.corruptData, what: message, offset, field, rfc: 'RFC 8210 §5' };
    return { ok: false, fault: rtrFault(bytes, details) };
  }
}

function decode(bytes: Uint8Array): Decoded {
  const reader = new ByteReader(bytes);
  const version = reader.u8('version');
  const number = reader.u8('type');
  const word = reader.u16('session id');
  const length = reader.u32('length');
  const { unsupportedVersion, unsupportedPduType, corruptData } = rtrError;
  if (!isRtrVersion(version)) {
    const what = `protocol version ${version}`;
    throw new PduFault({ code: unsupportedVersion, what, offset: 0, field: 'version', rfc: 'RFC 8210 §7' });
  }
  const row = byNumber[number];
  if (row === undefined || row.since > version) {
    const what = `a PDU of type ${number}${row === undefined ? '' : ` (${row.type})`} in version ${version}`;
    throw new PduFault({ code: unsupportedPduType, what, offset: 1, field: 'type', rfc: 'RFC 8210 §12' });
  }
  const rule = row.length(version);
  const fits = 'exactly' in rule ? length === rule.exactly : length >= rule.atLeast;
  if (!fits || length !== bytes.length) {
    const wanted = 'exactly' in rule ? rule.exactly : `at least ${rule.atLeast}`;
    const what = `a length of ${length} for ${row.type}, which has ${wanted}`;
    throw new PduFault({ code: corruptData, what, offset: 4, field: 'length', rfc: row.rfc });
  }
  return { ok: true, version, pdu: row.decode(reader, word, version) };
}

/** The PDU's bytes in that version; the caller does not send what the version does not have. */
export function encodePdu(version: RtrVersion, pdu: Pdu): Uint8Array {
  const row = descriptorOf(pdu);
  const body = new ByteWriter(32);
  row.encode(body, pdu, version);
  const length = headerLength + body.length;
  return new ByteWriter(length).u8(version).u8(row.number).u16(row.word(pdu)).u32(length).put(body.finish()).finish();
}

function descriptorOf(pdu: Pdu): PduDescriptor {
  if (pdu.type === 'prefix') {
    return pdu.vrp.prefix.family === 4 ? ipv4Prefix : ipv6Prefix;
  }
  return pduTable.find((row) => row.type === pdu.type) as PduDescriptor;
}

/** The Error Report for a fault, cut to what any PDU may be long. */
export function errorReportFor({ code, what, pdu }: RtrFault): Extract<Pdu, { type: 'error-report' }> {
  return { type: 'error-report', code, pdu: pdu.subarray(0, maximumPduLength >>> 1), text: what };
}

function isRtrVersion(version: number): version is RtrVersion {
  return version <= highestRtrVersion;
}

function faultOf({ code, message, offset, field, rfc }: PduFault) {
  return { code, what: message, offset, field, rfc };
}

/**
 * OPEN: who a speaker is, how long a silence it bears, and what it is able to do.
 *
 * Layout (RFC 4271 §4.2): [version u8][ASN u16][hold time u16][BGP identifier u32][parameters length u8][parameters …];
 * a parameter is [type u8][length u8][value]. Where the first parameter's type is 255 the length that counts stands behind
 * it as u16, and so do the parameters' lengths (RFC 9072 §2).
 * Not here: whether the AS is the one that was configured, see session/.
 */
import { assert } from '../../base/assert.ts';
import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { asTrans, maximumAsn } from '../../ip/asn.ts';
import { decodeCapabilities, encodeCapabilities } from './capability/list.ts';
import { MessageFault } from './fault.ts';
import { finishMessage, headerLength, maximumMessageLength, writeHeader } from './header.ts';
import type { Capability, OpenMessage } from './types.ts';

const version = 4;
const capabilitiesParameter = 2;
const extendedParameters = 255;

/** `raw` is a whole OPEN with its header; throws `MessageFault` or `BytesError`. */
export function decodeOpen(raw: Uint8Array): OpenMessage {
  const reader = new ByteReader(raw, headerLength);
  const offset = reader.offset;
  const theirVersion = reader.u8('version');
  if (theirVersion !== version) {
    const data = Uint8Array.of(0, version); // RFC 4271 §6.2: the version that we support
    const what = `the peer speaks BGP version ${theirVersion}; we speak ${version}`;
    throw new MessageFault({ code: 2, subcode: 1, data, offset, field: 'version', what, rfc: 'RFC 4271 §6.2' });
  }
  const shortAsn = reader.u16('asn');
  const holdTimeSeconds = reader.u16('hold time');
  const identifier = reader.take(4, 'BGP identifier').slice();
  const capabilities = decodeParameters(reader);
  const asn = capabilities.findLast((capability) => capability.kind === 'four-octet-asn')?.asn ?? shortAsn;
  if (asn === 0 || shortAsn === 0) {
    const what = 'the peer says that it is AS 0, which is nobody';
    throw new MessageFault({ code: 2, subcode: 2, offset: offset + 1, field: 'asn', what, rfc: 'RFC 7607 §2' });
  }
  if (holdTimeSeconds === 1 || holdTimeSeconds === 2) {
    const what = `the hold time is ${holdTimeSeconds} s; BGP allows 0, or 3 and more`;
    throw new MessageFault({ code: 2, subcode: 6, offset: offset + 3, field: 'hold time', what, rfc: 'RFC 4271 §6.2' });
  }
  if (identifier.every((byte) => byte === 0)) {
    const what = 'the BGP identifier is 0';
    throw new MessageFault({
      code: 2,
      subcode: 3,
      offset: offset + 5,
      field: 'BGP identifier',
      what,
      rfc: 'RFC 6286 §2.2',
    });
  }
  return { type: 'open', asn, holdTimeSeconds, routerId: { family: 4, bytes: identifier }, capabilities };
}

function decodeParameters(reader: ByteReader): Capability[] {
  const lengthOffset = reader.offset;
  let length = reader.u8('optional parameters length');
  // RFC 9072 §2: the type tells the extended form; the short length is then ignored, but 0 means none at all.
  const extended = length !== 0 && reader.left > 0 && reader.bytes[reader.offset] === extendedParameters;
  if (extended) {
    reader.u8('extended marker');
    length = reader.u16('extended optional parameters length');
  }
  if (length !== reader.left) {
    const what = `the optional parameters claim ${length} bytes; the message has ${reader.left} left`;
    const field = 'optional parameters length';
    throw new MessageFault({ code: 2, subcode: 0, offset: lengthOffset, field, what, rfc: 'RFC 4271 §6.2' });
  }
  const capabilities: Capability[] = [];
  while (reader.left > 0) {
    const offset = reader.offset;
    const type = reader.u8('parameter.type');
    const field = reader.sub(
      extended ? reader.u16('parameter.length') : reader.u8('parameter.length'),
      'parameter.value',
    );
    if (type !== capabilitiesParameter) {
      const what = `${type} is not an optional parameter that we know`;
      throw new MessageFault({ code: 2, subcode: 4, offset, field: 'parameter.type', what, rfc: 'RFC 4271 §6.2' });
    }
    capabilities.push(...decodeCapabilities(field)); // RFC 5492 §4: several parameters of capabilities are one list
  }
  return capabilities;
}

/** An AS of 4 octets needs its capability among `capabilities`: the field alone cannot say it. */
export function encodeOpen(open: OpenMessage): Uint8Array {
  const { asn, holdTimeSeconds, routerId, capabilities } = open;
  assert(Number.isInteger(asn) && asn > 0 && asn <= maximumAsn, `${asn} is not an AS number`);
  const carried = capabilities.findLast((capability) => capability.kind === 'four-octet-asn')?.asn;
  assert(carried === undefined ? asn <= 0xffff : carried === asn, `AS ${asn} is not the one of the capability`);
  assert(
    holdTimeSeconds === 0 || (holdTimeSeconds >= 3 && holdTimeSeconds <= 0xffff),
    'a hold time is 0, or 3 to 65535',
  );
  assert(routerId.family === 4 && routerId.bytes.some((byte) => byte !== 0), 'a BGP identifier is 4 bytes, not all 0');
  const list = new ByteWriter(maximumMessageLength);
  encodeCapabilities(capabilities, list);
  const writer = writeHeader(new ByteWriter(maximumMessageLength), 'open');
  writer
    .u8(version)
    .u16(asn > 0xffff ? asTrans : asn)
    .u16(holdTimeSeconds)
    .put(routerId.bytes); // RFC 6793 §9
  if (list.length === 0) {
    writer.u8(0);
  } else if (list.length <= 255 - 2) {
    writer.lengthU8(() => writer.u8(capabilitiesParameter).u8(list.length).put(list.finish()));
  } else {
    writer.u8(255).u8(extendedParameters); // RFC 9072 §2
    writer.lengthU16(() => writer.u8(capabilitiesParameter).u16(list.length).put(list.finish()));
  }
  assert(writer.length <= maximumMessageLength, `an OPEN came out ${writer.length} bytes long`);
  return finishMessage(writer);
}

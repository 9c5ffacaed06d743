/**
 * BFD Control packets on the wire.
 *
 * Layout (RFC 5880 §4.1): [version 3 bits, diagnostic 5][state 2, flags P F C A D M][detect multiplier u8][length u8]
 *   [my discriminator u32][your discriminator u32][desired min TX u32][required min RX u32][required min echo RX u32]
 *   [authentication section]
 * Errors: every packet that §6.8.6 says to discard for its own bytes alone is refused here; what needs the session (its
 * authentication, its discriminator) is checked by who knows the session. Bytes beyond the length are another layer's padding.
 */
import { assert } from '../../base/assert.ts';
import { ByteReader, BytesError, ByteWriter } from '../../base/bytes.ts';
import { decodeAuthentication, encodeAuthentication } from './authentication-section.ts';
import { check, Refused } from './refused.ts';
import { type ControlPacket, type Decoded, sessionStates } from './types.ts';

const version = 1;
const mandatoryBytes = 24;
/** RFC 5880 §6.8.6: "26 if the A bit is set". */
const leastBytesWithAuthentication = 26;
const flag = {
  poll: 0x20,
  final: 0x10,
  controlPlaneIndependent: 0x08,
  authentication: 0x04,
  demand: 0x02,
  multipoint: 1,
};

/** The packet in `bytes`, or why there is none; never throws. */
export function decodePacket(bytes: Uint8Array): Decoded {
  try {
    return { ok: true, packet: decode(bytes) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, error: error.error };
    if (!(error instanceof BytesError)) throw error;
    return { ok: false, error: { offset: error.offset, field: error.field, what: error.message } };
  }
}

/** The checks stand in the order of RFC 5880 §6.8.6. */
function decode(bytes: Uint8Array): ControlPacket {
  const whole = new ByteReader(bytes);
  const first = whole.u8('version');
  check(first >>> 5 === version, 0, 'version', `version ${first >>> 5}, not ${version}`);
  const second = whole.u8('flags');
  const detectMultiplier = whole.u8('detectMultiplier');
  const length = whole.u8('length');
  const authenticated = (second & flag.authentication) !== 0;
  const least = authenticated ? leastBytesWithAuthentication : mandatoryBytes;
  check(length >= least, 3, 'length', `length ${length}, at least ${least} are needed`);
  check(length <= bytes.length, 3, 'length', `length ${length}, but only ${bytes.length} bytes came`);
  check(detectMultiplier !== 0, 2, 'detectMultiplier', 'detect multiplier 0');
  check((second & flag.multipoint) === 0, 1, 'flags', 'the multipoint bit is set');
  const reader = new ByteReader(bytes, whole.offset, length);
  const myDiscriminator = reader.u32('myDiscriminator');
  check(myDiscriminator !== 0, 4, 'myDiscriminator', 'my discriminator is 0');
  const yourDiscriminator = reader.u32('yourDiscriminator');
  const state = sessionStates[second >>> 6];
  assert(state !== undefined, 'two bits, four states');
  const mayNotKnowUs = state === 'down' || state === 'admin-down';
  check(yourDiscriminator !== 0 || mayNotKnowUs, 8, 'yourDiscriminator', `your discriminator is 0 in state ${state}`);
  const packet: ControlPacket = {
    diagnostic: first & 0x1f,
    state,
    poll: (second & flag.poll) !== 0,
    final: (second & flag.final) !== 0,
    controlPlaneIndependent: (second & flag.controlPlaneIndependent) !== 0,
    demand: (second & flag.demand) !== 0,
    detectMultiplier,
    myDiscriminator,
    yourDiscriminator,
    desiredMinTxUs: reader.u32('desiredMinTxUs'),
    requiredMinRxUs: reader.u32('requiredMinRxUs'),
    requiredMinEchoRxUs: reader.u32('requiredMinEchoRxUs'),
  };
  return authenticated ? { ...packet, authentication: decodeAuthentication(reader) } : packet;
}

export function encodePacket(packet: ControlPacket): Uint8Array {
  const { authentication } = packet;
  assert(packet.diagnostic < 32 && packet.detectMultiplier >= 1 && packet.detectMultiplier <= 255, 'a sendable packet');
  assert(!(packet.poll && packet.final), 'never both bits: RFC 5880 §6.5');
  const flags =
    (packet.poll ? flag.poll : 0) |
    (packet.final ? flag.final : 0) |
    (packet.controlPlaneIndependent ? flag.controlPlaneIndependent : 0) |
    (authentication === undefined ? 0 : flag.authentication) |
    (packet.demand ? flag.demand : 0);
  const writer = new ByteWriter(64)
    .u8((version << 5) | packet.diagnostic)
    .u8((sessionStates.indexOf(packet.state) << 6) | flags)
    .u8(packet.detectMultiplier)
    .u8(0)
    .u32(packet.myDiscriminator)
    .u32(packet.yourDiscriminator)
    .u32(packet.desiredMinTxUs)
    .u32(packet.requiredMinRxUs)
    .u32(packet.requiredMinEchoRxUs);
  if (authentication !== undefined) encodeAuthentication(writer, authentication);
  const bytes = writer.finish();
  bytes[3] = bytes.length;
  return bytes;
}

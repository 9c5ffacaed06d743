/**
 * PDUs as bytes, each field apart: good pairs, and bad bytes with the error code and field that they end in.
 *
 * `captured` are bytes of a real cache (StayRTR 0.5.1), not of our encoder.
 */
import { mustPrefix } from '../../ip/prefix.ts';
import { type Pdu, type RtrVersion, rtrError } from './types.ts';

export interface GoodVector {
  readonly version: RtrVersion;
  readonly hex: string;
  readonly pdu: Pdu;
}

export interface BadVector {
  readonly type: Pdu['type'] | 'none';
  readonly why: string;
  readonly hex: string;
  readonly code: number;
  readonly field: string;
}

const documentation = { prefix: mustPrefix('192.0.2.0/24'), maxLength: 26, asn: 64500 };
const ski = '000102030405060708090a0b0c0d0e0f10111213';

export const good: readonly GoodVector[] = [
  // version type session length serial
  {
    version: 1,
    hex: '01 00 715e 0000000c 00000008',
    pdu: { type: 'serial-notify', sessionId: 0x715e, serial: 8 },
  },
  {
    version: 2,
    hex: '02 01 715e 0000000c ffffffff',
    pdu: { type: 'serial-query', sessionId: 0x715e, serial: 0xffff_ffff },
  },
  { version: 0, hex: '00 02 0000 00000008', pdu: { type: 'reset-query' } },
  { version: 1, hex: '01 03 ffff 00000008', pdu: { type: 'cache-response', sessionId: 0xffff } },
  // … flags prefix-length max-length zero address asn
  {
    version: 0,
    hex: '00 04 0000 00000014 01 18 1a 00 c0000200 0000fbf4',
    pdu: { type: 'prefix', announce: true, vrp: documentation },
  },
  {
    version: 2,
    hex: '02 04 0000 00000014 00 18 1a 00 c0000200 0000fbf4',
    pdu: { type: 'prefix', announce: false, vrp: documentation },
  },
  {
    version: 1,
    hex: '01 04 0000 00000014 01 00 20 00 00000000 ffffffff',
    pdu: { type: 'prefix', announce: true, vrp: { prefix: mustPrefix('0.0.0.0/0'), maxLength: 32, asn: 0xffff_ffff } },
  },
  {
    version: 1,
    hex: '01 06 0000 00000020 01 20 30 00 20010db8000000000000000000000000 0000fbf5',
    pdu: { type: 'prefix', announce: true, vrp: { prefix: mustPrefix('2001:db8::/32'), maxLength: 48, asn: 64501 } },
  },
  {
    version: 1,
    hex: '01 06 0000 00000020 01 80 80 00 20010db8000000000000000000000001 00000000',
    pdu: { type: 'prefix', announce: true, vrp: { prefix: mustPrefix('2001:db8::1/128'), maxLength: 128, asn: 0 } },
  },
  // … serial refresh retry expire
  {
    version: 1,
    hex: '01 07 715e 00000018 00000007 00000e10 00000258 00001c20',
    pdu: {
      type: 'end-of-data',
      sessionId: 0x715e,
      serial: 7,
      intervals: { refreshSeconds: 3600, retrySeconds: 600, expireSeconds: 7200 },
    },
  },
  {
    version: 0,
    hex: '00 07 715e 0000000c 0000000b',
    pdu: { type: 'end-of-data', sessionId: 0x715e, serial: 11 },
  },
  { version: 2, hex: '02 08 0000 00000008', pdu: { type: 'cache-reset' } },
  // … flags zero, length, subject key identifier, asn, key
  {
    version: 1,
    hex: `01 09 0100 00000023 ${ski} 0000fbf4 302a30`,
    pdu: {
      type: 'router-key',
      announce: true,
      subjectKeyIdentifier: Uint8Array.from({ length: 20 }, (_, index) => index),
      asn: 64500,
      subjectPublicKey: Uint8Array.of(0x30, 0x2a, 0x30),
    },
  },
  // … code, length, length of the PDU, the PDU, length of the text, the text
  {
    version: 1,
    hex: '01 0a 0002 00000010 00000000 00000000',
    pdu: { type: 'error-report', code: rtrError.noDataAvailable, pdu: new Uint8Array(), text: '' },
  },
  {
    version: 2,
    hex: '02 0a 0000 0000001a 00000008 02 03 0001 00000008 00000002 6e6f',
    pdu: { type: 'error-report', code: 0, pdu: Uint8Array.of(2, 3, 0, 1, 0, 0, 0, 8), text: 'no' },
  },
  // draft-ietf-sidrops-8210bis-27 §5.12: … flags zero, length, customer, providers
  {
    version: 2,
    hex: '02 0b 0100 00000014 0000fbf4 0000fbf5 0000fbf6',
    pdu: { type: 'aspa', announce: true, customer: 64500, providers: [64501, 64502] },
  },
  {
    version: 2,
    hex: '02 0b 0000 0000000c 0000fbf4',
    pdu: { type: 'aspa', announce: false, customer: 64500, providers: [] },
  },
  {
    version: 2,
    hex: '02 0b 0100 00000010 0000fbf4 00000000',
    pdu: { type: 'aspa', announce: true, customer: 64500, providers: [0] },
  },
];

/** What reads well and is written otherwise: bits that must be ignored, a text that ends in a zero byte. */
export const tolerated: readonly GoodVector[] = [
  {
    version: 1,
    hex: '01 04 abcd 00000014 ff 18 1a ff c0000200 0000fbf4', // reserved flags and zero fields set
    pdu: { type: 'prefix', announce: true, vrp: documentation },
  },
  {
    version: 0, // captured: StayRTR's answer to version 3
    hex: '00 0a 0004 00000025 00000000 00000015 4261642070726f746f636f6c2076657273696f6e00',
    pdu: {
      type: 'error-report',
      code: rtrError.unsupportedVersion,
      pdu: new Uint8Array(),
      text: 'Bad protocol version',
    },
  },
  {
    version: 1, // a text that would clear the screen
    hex: '01 0a 0001 00000014 00000000 00000004 1b5b324a',
    pdu: { type: 'error-report', code: 1, pdu: new Uint8Array(), text: '\\u{1b}[2J' },
  },
];

const { corruptData, unsupportedVersion, unsupportedPduType, aspaProviderList } = rtrError;

export const bad: readonly BadVector[] = [
  { type: 'none', why: 'version 3', hex: '03 03 0000 00000008', code: unsupportedVersion, field: 'version' },
  { type: 'none', why: 'type 5', hex: '01 05 0000 00000008', code: unsupportedPduType, field: 'type' },
  { type: 'none', why: 'type 255', hex: '01 ff 0000 00000008', code: unsupportedPduType, field: 'type' },
  { type: 'none', why: 'no whole header', hex: '01 03 0000', code: corruptData, field: 'length' },
  { type: 'serial-notify', why: 'too short', hex: '01 00 0000 00000008', code: corruptData, field: 'length' },
  {
    type: 'serial-query',
    why: 'too long',
    hex: '01 01 0000 00000010 00000000 00000000',
    code: corruptData,
    field: 'length',
  },
  { type: 'reset-query', why: 'too long', hex: '01 02 0000 0000000c 00000000', code: corruptData, field: 'length' },
  { type: 'cache-response', why: 'too long', hex: '01 03 0000 0000000c 00000000', code: corruptData, field: 'length' },
  { type: 'cache-reset', why: 'too long', hex: '01 08 0000 0000000c 00000000', code: corruptData, field: 'length' },
  {
    type: 'prefix',
    why: 'a length of 33',
    hex: '01 04 0000 00000014 01 21 21 00 c0000200 0000fbf4',
    code: corruptData,
    field: 'prefix length',
  },
  {
    type: 'prefix',
    why: 'maximum length below length',
    hex: '01 04 0000 00000014 01 18 17 00 c0000200 0000fbf4',
    code: corruptData,
    field: 'maximum length',
  },
  {
    type: 'prefix',
    why: 'maximum length beyond the family',
    hex: '01 04 0000 00000014 01 18 21 00 c0000200 0000fbf4',
    code: corruptData,
    field: 'maximum length',
  },
  {
    type: 'prefix',
    why: 'host bits in a byte of the prefix',
    hex: '01 04 0000 00000014 01 17 18 00 c0000300 0000fbf4',
    code: corruptData,
    field: 'prefix',
  },
  {
    type: 'prefix',
    why: 'host bits in the last byte',
    hex: '01 06 0000 00000020 01 20 30 00 20010db8000000000000000000000001 0000fbf5',
    code: corruptData,
    field: 'prefix',
  },
  {
    type: 'prefix',
    why: 'an IPv6 length of 129',
    hex: '01 06 0000 00000020 01 81 81 00 20010db8000000000000000000000001 0000fbf5',
    code: corruptData,
    field: 'prefix length',
  },
  {
    type: 'end-of-data',
    why: 'intervals in version 0',
    hex: '00 07 0000 00000018 00000001 00000e10 00000258 00001c20',
    code: corruptData,
    field: 'length',
  },
  {
    type: 'end-of-data',
    why: 'no intervals in version 1',
    hex: '01 07 0000 0000000c 00000001',
    code: corruptData,
    field: 'length',
  },
  {
    type: 'router-key',
    why: 'in version 0',
    hex: `00 09 0100 00000020 ${ski} 0000fbf4`,
    code: unsupportedPduType,
    field: 'type',
  },
  {
    type: 'router-key',
    why: 'no whole key identifier',
    hex: '01 09 0100 0000000c 00000000',
    code: corruptData,
    field: 'length',
  },
  {
    type: 'error-report',
    why: 'an encapsulated PDU longer than the rest',
    hex: '01 0a 0000 00000010 00000005 00000000',
    code: corruptData,
    field: 'encapsulated PDU',
  },
  {
    type: 'error-report',
    why: 'a text longer than the rest',
    hex: '01 0a 0000 00000010 00000000 ffffffff',
    code: corruptData,
    field: 'error text',
  },
  {
    type: 'error-report',
    why: 'bytes behind the text',
    hex: '01 0a 0000 00000014 00000000 00000000 00000000',
    code: corruptData,
    field: 'error text',
  },
  {
    type: 'aspa',
    why: 'in version 1',
    hex: '01 0b 0100 00000010 0000fbf4 0000fbf5',
    code: unsupportedPduType,
    field: 'type',
  },
  { type: 'aspa', why: 'no provider', hex: '02 0b 0100 0000000c 0000fbf4', code: aspaProviderList, field: 'providers' },
  {
    type: 'aspa',
    why: 'half a provider',
    hex: '02 0b 0100 0000000e 0000fbf4 0000',
    code: corruptData,
    field: 'provider ASN',
  },
  {
    type: 'aspa',
    why: 'out of order',
    hex: '02 0b 0100 00000014 0000fbf4 0000fbf6 0000fbf5',
    code: aspaProviderList,
    field: 'providers',
  },
  {
    type: 'aspa',
    why: 'a provider twice',
    hex: '02 0b 0100 00000014 0000fbf4 0000fbf5 0000fbf5',
    code: aspaProviderList,
    field: 'providers',
  },
  {
    type: 'aspa',
    why: 'AS0 among others',
    hex: '02 0b 0100 00000014 0000fbf4 00000000 0000fbf5',
    code: aspaProviderList,
    field: 'providers',
  },
  {
    type: 'aspa',
    why: 'a withdrawal with providers',
    hex: '02 0b 0000 00000010 0000fbf4 0000fbf5',
    code: aspaProviderList,
    field: 'providers',
  },
  {
    type: 'aspa',
    why: 'captured: the layout of draft -10 (StayRTR 0.5.1)',
    hex: '02 0b 0000 00000014 01000001 0000fbfe 0000fbf5',
    code: aspaProviderList,
    field: 'providers',
  },
];

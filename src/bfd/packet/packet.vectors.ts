/** BFD Control packets in three columns: values with their bytes, values that nobody may send, bytes that must be refused. */
import { fromHex } from '../../base/bytes.ts';
import type { ControlPacket } from './types.ts';

/** The bytes of commented hex; throws where it is none. */
export function bytesOf(commented: string): Uint8Array {
  const bytes = fromHex(commented.replace(/#.*$/gm, '').replace(/\s/g, ''));
  if (bytes === undefined) throw new Error(`not hex: ${commented}`);
  return bytes;
}

export const plain: ControlPacket = {
  diagnostic: 0,
  state: 'up',
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 1,
  yourDiscriminator: 2,
  desiredMinTxUs: 50_000,
  requiredMinRxUs: 50_000,
  requiredMinEchoRxUs: 0,
};

const digest = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(0xaa);

export const good: readonly { readonly name: string; readonly packet: ControlPacket; readonly hex: string }[] = [
  {
    name: 'a session that is up',
    packet: plain,
    hex: `
      20        # version 1, no diagnostic
      c0        # Up, no flags
      03 18     # detect multiplier, length 24
      00000001  # my discriminator
      00000002  # your discriminator
      0000c350  # desired min TX 50 ms
      0000c350  # required min RX 50 ms
      00000000  # required min echo RX`,
  },
  {
    name: 'a first packet, to a peer unknown yet',
    packet: {
      ...plain,
      state: 'down',
      yourDiscriminator: 0,
      myDiscriminator: 0xfedcba98,
      desiredMinTxUs: 1_000_000,
      diagnostic: 1,
    },
    hex: `
      21        # version 1, Control Detection Time Expired
      40        # Down
      03 18
      fedcba98
      00000000
      000f4240  # 1 s
      0000c350
      00000000`,
  },
  {
    name: 'all flags that may stand together, the greatest numbers',
    packet: {
      ...plain,
      state: 'init',
      diagnostic: 31,
      poll: true,
      controlPlaneIndependent: true,
      demand: true,
      detectMultiplier: 255,
      desiredMinTxUs: 0xffff_ffff,
      requiredMinEchoRxUs: 0xffff_ffff,
    },
    hex: '3f aa ff 18 00000001 00000002 ffffffff 0000c350 ffffffff',
  },
  {
    name: 'AdminDown with the final bit',
    packet: { ...plain, state: 'admin-down', diagnostic: 7, final: true },
    hex: '27 10 03 18 00000001 00000002 0000c350 0000c350 00000000',
  },
  {
    name: 'a simple password',
    packet: {
      ...plain,
      authentication: { type: 'simple-password', keyId: 7, password: new Uint8Array(Buffer.from('open')) },
    },
    hex: `
      20 c4     # the A bit
      03 1f     # length 31
      00000001 00000002 0000c350 0000c350 00000000
      01 07     # simple password, length 7
      07        # key id
      6f70656e  # open`,
  },
  {
    name: 'meticulous keyed MD5',
    packet: {
      ...plain,
      authentication: { type: 'meticulous-keyed-md5', keyId: 1, sequence: 0xffff_fffe, digest: digest(16) },
    },
    hex: `
      20 c4 03 30
      00000001 00000002 0000c350 0000c350 00000000
      03 18     # meticulous keyed MD5, length 24
      01 00     # key id, reserved
      fffffffe  # sequence number
      ${'aa'.repeat(16)}`,
  },
  {
    name: 'keyed MD5',
    packet: { ...plain, authentication: { type: 'keyed-md5', keyId: 255, sequence: 5, digest: digest(16) } },
    hex: `20 c4 03 30 00000001 00000002 0000c350 0000c350 00000000 02 18 ff 00 00000005 ${'aa'.repeat(16)}`,
  },
  {
    name: 'keyed SHA1',
    packet: { ...plain, authentication: { type: 'keyed-sha1', keyId: 1, sequence: 0, digest: digest(20) } },
    hex: `20 c4 03 34 00000001 00000002 0000c350 0000c350 00000000 04 1c 01 00 00000000 ${'aa'.repeat(20)}`,
  },
  {
    name: 'meticulous keyed SHA1',
    packet: {
      ...plain,
      authentication: { type: 'meticulous-keyed-sha1', keyId: 1, sequence: 1, digest: digest(20) },
    },
    hex: `20 c4 03 34 00000001 00000002 0000c350 0000c350 00000000 05 1c 01 00 00000001 ${'aa'.repeat(20)}`,
  },
];

export const badValues: readonly { readonly name: string; readonly packet: ControlPacket }[] = [
  { name: 'poll and final at once', packet: { ...plain, poll: true, final: true } },
  { name: 'detect multiplier 0', packet: { ...plain, detectMultiplier: 0 } },
  { name: 'detect multiplier 256', packet: { ...plain, detectMultiplier: 256 } },
  { name: 'diagnostic 32', packet: { ...plain, diagnostic: 32 } },
];

const rest = '00000001 00000002 0000c350 0000c350 00000000';

export const badBytes: readonly {
  readonly name: string;
  readonly hex: string;
  readonly field: string;
  readonly offset: number;
}[] = [
  { name: 'nothing', hex: '', field: 'version', offset: 0 },
  { name: 'version 0', hex: `00 c0 03 18 ${rest}`, field: 'version', offset: 0 },
  { name: 'version 2', hex: `40 c0 03 18 ${rest}`, field: 'version', offset: 0 },
  { name: 'three bytes', hex: '20 c0 03', field: 'length', offset: 3 },
  { name: 'length 23', hex: `20 c0 03 17 ${rest}`, field: 'length', offset: 3 },
  { name: 'length 25 with the A bit', hex: `20 c4 03 19 ${rest} 01`, field: 'length', offset: 3 },
  { name: 'length beyond the bytes', hex: `20 c0 03 19 ${rest}`, field: 'length', offset: 3 },
  { name: 'detect multiplier 0', hex: `20 c0 00 18 ${rest}`, field: 'detectMultiplier', offset: 2 },
  { name: 'the multipoint bit', hex: `20 c1 03 18 ${rest}`, field: 'flags', offset: 1 },
  {
    name: 'my discriminator 0',
    hex: '20 c0 03 18 00000000 00000002 0000c350 0000c350 00000000',
    field: 'myDiscriminator',
    offset: 4,
  },
  {
    name: 'your discriminator 0 in Up',
    hex: '20 c0 03 18 00000001 00000000 0000c350 0000c350 00000000',
    field: 'yourDiscriminator',
    offset: 8,
  },
  {
    name: 'your discriminator 0 in Init',
    hex: '20 80 03 18 00000001 00000000 0000c350 0000c350 00000000',
    field: 'yourDiscriminator',
    offset: 8,
  },
  { name: 'authentication type 0', hex: `20 c4 03 1c ${rest} 00 04 01 61`, field: 'authentication.type', offset: 24 },
  { name: 'authentication type 6', hex: `20 c4 03 1c ${rest} 06 04 01 61`, field: 'authentication.type', offset: 24 },
  { name: 'an empty password', hex: `20 c4 03 1b ${rest} 01 03 01`, field: 'authentication.length', offset: 25 },
  {
    name: 'a password of 17 bytes',
    hex: `20 c4 03 2c ${rest} 01 14 01 ${'61'.repeat(17)}`,
    field: 'authentication.length',
    offset: 25,
  },
  {
    name: 'a password shorter than its section',
    hex: `20 c4 03 1c ${rest} 01 05 01 61`,
    field: 'authentication.length',
    offset: 25,
  },
  {
    name: 'a password longer than its section',
    hex: `20 c4 03 1d ${rest} 01 04 01 61 62`,
    field: 'authentication.length',
    offset: 25,
  },
  {
    name: 'MD5 with the length of SHA1',
    hex: `20 c4 03 34 ${rest} 02 1c 01 00 00000000 ${'aa'.repeat(20)}`,
    field: 'authentication.length',
    offset: 25,
  },
  {
    name: 'SHA1 with the length of MD5',
    hex: `20 c4 03 30 ${rest} 04 18 01 00 00000000 ${'aa'.repeat(16)}`,
    field: 'authentication.length',
    offset: 25,
  },
];

/** BMP messages as bytes that a person can check against RFC 7854, RFC 8671 and RFC 9069, and what each says. */
import { fromHex } from '../../../base/bytes.ts';
import { type Address, parseAddress } from '../../../ip/address.ts';
import { statisticTable } from './statistics.ts';
import type { BmpMessage, PeerHeader, Statistic } from './types.ts';

export interface GoodVector {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Compared part by part: BGP messages inside are compared by their bytes. */
  readonly says: unknown;
}

export interface BadVector {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly field: string;
}

export function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex.replace(/\s/g, ''));
  if (bytes === undefined) throw new Error(`not hex: ${hex}`);
  return bytes;
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

/** Puts a common header before a body: version 3, the right length, the type. */
export function message(type: number, body: string): Uint8Array {
  const inside = bytesOf(body);
  const bytes = new Uint8Array(6 + inside.length);
  bytes.set([3, 0, 0, bytes.length >> 8, bytes.length & 0xff, type]);
  bytes.set(inside, 6);
  return bytes;
}

const marker = 'ff'.repeat(16);

/** Kind and flags, then: distinguisher, 192.0.2.1, AS 64500, 10.0.0.1, 2026-01-01 and half a second. */
const header4 = (kindAndFlags: string): string =>
  `${kindAndFlags} 0000000000000000 000000000000000000000000c0000201 0000fbf4 0a000001 6955b900 0007a120`;
const header6 = (kindAndFlags: string): string =>
  `${kindAndFlags} 0000000000000007 20010db8000000000000000000000001 fbf40001 0a000001 00000000 00000000`;
/** RFC 9069 §5.1: no address; the router's own AS and identifier. */
const headerLocRib = (kindAndFlags: string): string =>
  `${kindAndFlags} 0000000000000000 00000000000000000000000000000000 0000fbf0 0a000009 6955b900 00000000`;

export const peer4: PeerHeader = {
  kind: 'global',
  rib: 'adj-rib-in-pre-policy',
  distinguisher: 0n,
  address: address('192.0.2.1'),
  asn: 64500,
  routerId: address('10.0.0.1'),
  twoOctetPath: false,
  filtered: false,
  timeMicroseconds: 1_767_225_600_500_000,
};

export const peer6: PeerHeader = {
  ...peer4,
  kind: 'route-distinguisher',
  distinguisher: 7n,
  address: address('2001:db8::1'),
  asn: 0xfbf40001,
  timeMicroseconds: 0,
};

const { address: _none, ...withoutAddress } = peer4;
export const locRibPeer: PeerHeader = {
  ...withoutAddress,
  kind: 'loc-rib',
  rib: 'loc-rib',
  asn: 64496,
  routerId: address('10.0.0.9'),
  timeMicroseconds: 1_767_225_600_000_000,
};

/** Version 4, AS 64500, hold time 90, 10.0.0.1; capability of 4-octet AS numbers. */
export const open = `${marker} 0025 01 04 fbf4 005a 0a000001 08 02 06 41 04 0000fbf4`;
/** The same with ADD-PATH for IPv4 unicast, both ways. */
export const addPathOpen = `${marker} 002b 01 04 fbf4 005a 0a000001 0e 02 0c 41 04 0000fbf4 45 04 0001 01 03`;
/** Cease / Administrative Shutdown, no words. */
export const notification = `${marker} 0016 03 06 02 00`;
/** ORIGIN IGP, AS_PATH 64500, NEXT_HOP 192.0.2.1; 198.51.100.0/24. */
export const update = `${marker} 002f 02 0000 0014 400101 00 40020602 01 0000fbf4 400304 c0000201 18 c63364`;
const endOfRib = `${marker} 0017 02 0000 0000`;
/** As `update`, with an AS_PATH of 2 octets. */
export const update2 = `${marker} 002d 02 0000 0012 400101 00 400204 02 01 fbf4 400304 c0000201 18 c63364`;

const local = '000000000000000000000000c0000202 00b3 9c40';
const ports = { localPort: 179, remotePort: 40_000 };

function stat(code: number, value: string): string {
  const bytes = value.replace(/\s/g, '').length / 2;
  return `${code.toString(16).padStart(4, '0')} ${bytes.toString(16).padStart(4, '0')} ${value}`;
}

const statisticValues = { counter: '00000005', gauge: '0000000100000000', 'family-gauge': '0001 01 0000000000000009' };

/** One statistic of each row of the table. */
const statisticsHex = statisticTable.map(({ code, shape }) => stat(code, statisticValues[shape])).join(' ');
const statisticsSaid: readonly Statistic[] = statisticTable.map(({ code, shape }) => {
  if (shape === 'counter') return { code, value: 5n };
  return shape === 'gauge' ? { code, value: 0x1_0000_0000n } : { code, value: 9n, family: { afi: 1, safi: 1 } };
});

export const good: readonly GoodVector[] = [
  {
    name: 'Initiation: a string, sysDescr, sysName (RFC 7854 §4.4)',
    bytes: message(4, '0000 0002 6869 0001 0003 464f4f 0002 0002 7231'),
    says: {
      type: 'initiation',
      information: [
        { type: 0, bytes: bytesOf('6869') },
        { type: 1, bytes: bytesOf('464f4f') },
        { type: 2, bytes: bytesOf('7231') },
      ],
    },
  },
  { name: 'Initiation that says nothing', bytes: message(4, ''), says: { type: 'initiation', information: [] } },
  {
    name: 'Termination: administratively closed (RFC 7854 §4.5)',
    bytes: message(5, '0001 0002 0000'),
    says: { type: 'termination', information: [{ type: 1, bytes: bytesOf('0000') }] },
  },
  {
    name: 'Peer Up with a string (RFC 7854 §4.10)',
    bytes: message(3, `${header4('00 00')} ${local} ${open} ${addPathOpen} 0000 0001 78`),
    says: {
      type: 'peer-up',
      peer: peer4,
      localAddress: address('192.0.2.2'),
      ...ports,
      sent: bytesOf(open),
      received: bytesOf(addPathOpen),
      information: [{ type: 0, bytes: bytesOf('78') }],
    },
  },
  {
    name: 'Peer Up of a peer of IPv6 with an admin label (RFC 8671 §6.3.1)',
    bytes: message(3, `${header6('01 80')} 20010db8000000000000000000000002 00b3 9c40 ${open} ${open} 0004 0001 61`),
    says: {
      type: 'peer-up',
      peer: peer6,
      localAddress: address('2001:db8::2'),
      ...ports,
      sent: bytesOf(open),
      received: bytesOf(open),
      information: [{ type: 4, bytes: bytesOf('61') }],
    },
  },
  {
    name: 'Peer Up of a filtered Loc-RIB called global (RFC 9069 §5.2)',
    bytes: message(
      3,
      `${headerLocRib('03 80')} 00000000000000000000000000000000 0000 0000 ${open} ${open} 0003 0006 676c6f62616c`,
    ),
    says: {
      type: 'peer-up',
      peer: { ...locRibPeer, filtered: true },
      localPort: 0,
      remotePort: 0,
      sent: bytesOf(open),
      received: bytesOf(open),
      information: [{ type: 3, bytes: bytesOf('676c6f62616c') }],
    },
  },
  ...(
    [
      ['1', `01 ${notification}`, { kind: 'local-notification', notification: bytesOf(notification) }],
      ['2', '02 0018', { kind: 'local', fsmEvent: 24 }],
      ['3', `03 ${notification}`, { kind: 'remote-notification', notification: bytesOf(notification) }],
      ['4', '04', { kind: 'remote' }],
      ['5', '05', { kind: 'no-longer-monitored' }],
      ['of another time', '09 0102', { kind: 'unknown', code: 9, bytes: bytesOf('0102') }],
    ] as const
  ).map(([name, hex, reason]) => ({
    name: `Peer Down, reason ${name} (RFC 7854 §4.9)`,
    bytes: message(2, `${header4('00 00')} ${hex}`),
    says: { type: 'peer-down', peer: peer4, reason },
  })),
  {
    name: 'Peer Down of a Loc-RIB, with its name (RFC 9069 §5.3)',
    bytes: message(2, `${headerLocRib('03 00')} 06 0003 0006 676c6f62616c`),
    says: {
      type: 'peer-down',
      peer: locRibPeer,
      reason: { kind: 'information', information: [{ type: 3, bytes: bytesOf('676c6f62616c') }] },
    },
  },
  ...(
    [
      ['00 00', { ...peer4, rib: 'adj-rib-in-pre-policy' }],
      ['00 40', { ...peer4, rib: 'adj-rib-in-post-policy' }],
      ['00 10', { ...peer4, rib: 'adj-rib-out-pre-policy' }],
      ['00 50', { ...peer4, rib: 'adj-rib-out-post-policy' }],
      ['02 40', { ...peer4, kind: 'local', rib: 'adj-rib-in-post-policy' }],
    ] as const
  ).map(([flags, peer]) => ({
    name: `Route Monitoring of ${peer.kind}, ${peer.rib} (RFC 7854 §4.6, RFC 8671 §4)`,
    bytes: message(0, `${header4(flags)} ${update}`),
    says: { type: 'route-monitoring', peer, update: bytesOf(update) },
  })),
  {
    name: 'Route Monitoring with AS numbers of 2 octets (RFC 7854 §4.2, flag A)',
    bytes: message(0, `${header4('00 20')} ${update2}`),
    says: { type: 'route-monitoring', peer: { ...peer4, twoOctetPath: true }, update: bytesOf(update2) },
  },
  {
    name: 'Route Monitoring of a Loc-RIB (RFC 9069 §5.4)',
    bytes: message(0, `${headerLocRib('03 00')} ${update}`),
    says: { type: 'route-monitoring', peer: locRibPeer, update: bytesOf(update) },
  },
  {
    name: 'Route Monitoring: End-of-RIB',
    bytes: message(0, `${header6('01 80')} ${endOfRib}`),
    says: { type: 'route-monitoring', peer: peer6, update: bytesOf(endOfRib) },
  },
  {
    name: 'Statistics Report with one of each type (RFC 7854 §4.8, RFC 8671 §6.2)',
    bytes: message(1, `${header4('00 00')} 00000012 ${statisticsHex}`),
    says: { type: 'statistics-report', peer: peer4, statistics: statisticsSaid },
  },
  {
    name: 'Statistics Report with a type of another time',
    bytes: message(1, `${header4('00 00')} 00000001 ${stat(4000, '010203')}`),
    says: { type: 'statistics-report', peer: peer4, statistics: [{ code: 4000, bytes: bytesOf('010203') }] },
  },
  {
    name: 'Route Mirroring: a malformed message (RFC 7854 §4.7)',
    bytes: message(6, `${header4('00 00')} 0001 0002 0000 0000 0013 ${marker} 0013 04`),
    says: {
      type: 'route-mirroring',
      peer: peer4,
      items: [
        { type: 1, bytes: bytesOf('0000') },
        { type: 0, bytes: bytesOf(`${marker} 0013 04`) },
      ],
    },
  },
  {
    name: 'a type of another time',
    bytes: message(99, '010203'),
    says: { type: 'unknown', code: 99, bytes: bytesOf('010203') },
  },
];

export const bad: readonly BadVector[] = [
  { name: 'nothing', bytes: bytesOf(''), offset: 0, field: 'length' },
  { name: 'another version', bytes: bytesOf('02 00000006 04'), offset: 0, field: 'version' },
  { name: 'shorter than its header', bytes: bytesOf('03 00000005 04'), offset: 1, field: 'length' },
  { name: 'longer than any', bytes: bytesOf('03 00100000 04'), offset: 1, field: 'length' },
  { name: 'longer than it is', bytes: bytesOf('03 00000008 04 00'), offset: 1, field: 'length' },
  { name: 'a per-peer header cut short', bytes: message(0, '00 00 00'), offset: 8, field: 'peer distinguisher' },
  {
    name: 'a peer type of another time',
    bytes: message(0, `${header4('04 00')} ${update}`),
    offset: 6,
    field: 'peer type',
  },
  { name: 'no UPDATE', bytes: message(0, header4('00 00')), offset: 48, field: 'UPDATE.header' },
  {
    name: 'a KEEPALIVE instead of an UPDATE',
    bytes: message(0, `${header4('00 00')} ${marker} 0013 04`),
    offset: 66,
    field: 'UPDATE.header.type',
  },
  {
    name: 'an UPDATE without its marker',
    bytes: message(0, `${header4('00 00')} 00${update.slice(2)}`),
    offset: 48,
    field: 'UPDATE.header.marker',
  },
  {
    name: 'an UPDATE that is longer than what is left',
    bytes: message(0, `${header4('00 00')} ${marker} 0030 02 0000 0000`),
    offset: 48,
    field: 'UPDATE',
  },
  {
    name: 'two UPDATEs',
    bytes: message(0, `${header4('00 00')} ${endOfRib} ${endOfRib}`),
    offset: 71,
    field: 'UPDATE',
  },
  {
    name: 'a Peer Up without ports',
    bytes: message(3, `${header4('00 00')} ${local.slice(0, 32)}`),
    offset: 64,
    field: 'local port',
  },
  {
    name: 'a Peer Up with one OPEN',
    bytes: message(3, `${header4('00 00')} ${local} ${open}`),
    offset: 105,
    field: 'received OPEN.header',
  },
  {
    name: 'a Peer Up with a TLV that is too long',
    bytes: message(3, `${header4('00 00')} ${local} ${open} ${open} 0000 0002 78`),
    offset: 146,
    field: 'information.value',
  },
  { name: 'a Peer Down without a reason', bytes: message(2, header4('00 00')), offset: 48, field: 'peer down reason' },
  { name: 'half a TLV', bytes: message(4, '0000 00'), offset: 8, field: 'information.length' },
  {
    name: 'fewer statistics than claimed',
    bytes: message(1, `${header4('00 00')} 00000002 ${stat(7, '0000000000000001')}`),
    offset: 48,
    field: 'statistics count',
  },
  {
    name: 'a gauge of 4 bytes',
    bytes: message(1, `${header4('00 00')} 00000001 ${stat(7, '00000001')}`),
    offset: 54,
    field: 'statistic.length',
  },
  {
    name: 'a statistic cut short',
    bytes: message(1, `${header4('00 00')} 00000001 0007 0008 00000001`),
    offset: 56,
    field: 'statistic.value',
  },
  {
    name: 'a mirrored message cut short',
    bytes: message(6, `${header4('00 00')} 0000 0005 00`),
    offset: 52,
    field: 'mirroring.value',
  },
];

/** A message with each BGP message inside as its bytes: what the vectors say. */
export function plain(value: BmpMessage): unknown {
  if (value.type === 'peer-up') return { ...value, sent: value.sent.raw, received: value.received.raw };
  if (value.type === 'peer-down' && 'notification' in value.reason) {
    return { ...value, reason: { ...value.reason, notification: value.reason.notification.raw } };
  }
  return value;
}

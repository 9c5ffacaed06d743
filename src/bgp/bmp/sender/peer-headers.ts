/**
 * How the sender names its peers to a station: the per-peer header of each session, and of the Loc-RIB.
 *
 * Why distinguishers: stations tell peers apart by their address, and several sessions may share one, as on loopback. All but the first are then
 * local instances with a number of ours (RFC 7854 §4.2).
 */
import { type Address, formatAddress } from '../../../ip/address.ts';
import { encodeOpen } from '../../message/open.ts';
import type { OpenMessage } from '../../message/types.ts';
import { pduOf } from '../message/pdu.ts';
import { informationType, textTlv } from '../message/tlv.ts';
import type { MonitoredRib, PeerHeader, PeerUp } from '../message/types.ts';
import type { BmpSource, SourcePeer } from './types.ts';

/** RFC 9069 §5.2.1. */
const tableName = 'global';

export class PeerHeaders {
  readonly #numbers = new Map<string, Map<string, bigint>>();

  /** The header of a session without a table and time; the same as long as the peer is not forgotten. */
  of(peer: SourcePeer): PeerHeader {
    const key = formatAddress(peer.address);
    const numbers = this.#numbers.get(key) ?? new Map<string, bigint>();
    this.#numbers.set(key, numbers);
    let number = numbers.get(peer.id);
    if (number === undefined) {
      number = 0n;
      const taken = new Set(numbers.values());
      while (taken.has(number)) number++;
      numbers.set(peer.id, number);
    }
    return {
      kind: number === 0n ? 'global' : 'local',
      rib: 'adj-rib-in-pre-policy',
      distinguisher: number,
      address: peer.address,
      asn: peer.asn,
      routerId: peer.routerId,
      twoOctetPath: false,
      filtered: false,
      timeMicroseconds: 0,
    };
  }

  forget({ id, address }: SourcePeer): void {
    const key = formatAddress(address);
    const numbers = this.#numbers.get(key);
    numbers?.delete(id);
    if (numbers?.size === 0) this.#numbers.delete(key);
  }
}

/** RFC 9069 §5.1. */
export function locRibHeader({ asn, routerId }: Pick<BmpSource, 'asn' | 'routerId'>): PeerHeader {
  const none = { twoOctetPath: false, filtered: false, timeMicroseconds: 0 };
  return { kind: 'loc-rib', rib: 'loc-rib', distinguisher: 0n, asn, routerId, ...none };
}

export function at(header: PeerHeader, rib: MonitoredRib, timeMicroseconds: number): PeerHeader {
  return { ...header, rib, timeMicroseconds };
}

export function peerUpOf(peer: SourcePeer, header: PeerHeader): PeerUp {
  const { localAddress, localPort, remotePort, sent, received, upSinceMicroseconds } = peer;
  // The V flag is for both ends (RFC 7854 §4.10): an end of another family cannot be told.
  const local: Address =
    localAddress?.family === peer.address.family
      ? localAddress
      : { family: peer.address.family, bytes: new Uint8Array(peer.address.bytes.length) };
  return {
    type: 'peer-up',
    peer: { ...header, timeMicroseconds: upSinceMicroseconds },
    localAddress: local,
    localPort,
    remotePort,
    sent: pduOf(encodeOpen(sent)),
    received: pduOf(encodeOpen(received)),
    information: [],
  };
}

/** RFC 9069 §5.2: a fabricated OPEN, told as sent and as received, whose capabilities say how its UPDATEs read. */
export function locRibUp(header: PeerHeader): PeerUp {
  const open: OpenMessage = {
    type: 'open',
    asn: header.asn,
    holdTimeSeconds: 0,
    routerId: header.routerId,
    capabilities: [
      { kind: 'multiprotocol', family: 'ipv4-unicast' },
      { kind: 'multiprotocol', family: 'ipv6-unicast' },
      { kind: 'four-octet-asn', asn: header.asn },
    ],
  };
  const pdu = pduOf<OpenMessage>(encodeOpen(open));
  const information = [textTlv(informationType.tableName, tableName)];
  return { type: 'peer-up', peer: header, localPort: 0, remotePort: 0, sent: pdu, received: pdu, information };
}

/**
 * Peer Up and Peer Down: a session of the router, or its Loc-RIB, begins and ends to be told of.
 *
 * Peer Up (RFC 7854 §4.10): [local address 16][local port u16][remote port u16][OPEN sent][OPEN received][TLVs …]
 * Peer Down (RFC 7854 §4.9): [reason u8][…]: a NOTIFICATION, an FSM event u16, TLVs (RFC 9069 §5.3) or nothing, by the reason.
 * A Peer Down is never refused for its details: the routes are gone, whatever the reason is.
 */
import { unreachable } from '../../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { OpenMessage } from '../../message/types.ts';
import { readPdu, restAsPdu } from './pdu.ts';
import { readAddress, writeAddress } from './peer-header.ts';
import { decodeTlvs, encodeTlvs } from './tlv.ts';
import type { PeerDown, PeerDownReason, PeerHeader, PeerUp, Tlv } from './types.ts';

export function decodePeerUp(reader: ByteReader, peer: PeerHeader): PeerUp {
  const address = readAddress(reader, { ipv6: peer.address?.family === 6, field: 'local address' });
  const localPort = reader.u16('local port');
  const remotePort = reader.u16('remote port');
  const sent = readPdu<OpenMessage>(reader, 'open', 'sent OPEN');
  const received = readPdu<OpenMessage>(reader, 'open', 'received OPEN');
  const information = decodeTlvs(reader, 'information');
  const local = peer.kind === 'loc-rib' ? {} : { localAddress: address };
  return { type: 'peer-up', peer, ...local, localPort, remotePort, sent, received, information };
}

export function encodePeerUp(message: PeerUp, writer: ByteWriter): void {
  const { localAddress, localPort, remotePort, sent, received, information } = message;
  writeAddress(writer, localAddress);
  writer.u16(localPort).u16(remotePort).put(sent.raw).put(received.raw);
  encodeTlvs(information, writer);
}

export function decodePeerDown(reader: ByteReader, peer: PeerHeader): PeerDown {
  const code = reader.u8('peer down reason');
  return { type: 'peer-down', peer, reason: decodeReason(code, reader) };
}

function decodeReason(code: number, reader: ByteReader): PeerDownReason {
  switch (code) {
    case 1:
      return { kind: 'local-notification', notification: restAsPdu(reader, 'notification') };
    case 2:
      return { kind: 'local', fsmEvent: reader.left >= 2 ? reader.u16('FSM event') : 0 };
    case 3:
      return { kind: 'remote-notification', notification: restAsPdu(reader, 'notification') };
    case 4:
      return { kind: 'remote' };
    case 5:
      return { kind: 'no-longer-monitored' };
    case 6:
      return { kind: 'information', information: wholeTlvs(reader) };
    default:
      return { kind: 'unknown', code, bytes: reader.rest().slice() };
  }
}

/** Those that can be read; what is broken is left. */
function wholeTlvs(reader: ByteReader): readonly Tlv[] {
  const tlvs: Tlv[] = [];
  while (reader.left >= 4) {
    const type = reader.u16('information.type');
    const length = reader.u16('information.length');
    if (length > reader.left) break;
    tlvs.push({ type, bytes: reader.take(length, 'information.value').slice() });
  }
  return tlvs;
}

export function encodePeerDown({ reason }: PeerDown, writer: ByteWriter): void {
  switch (reason.kind) {
    case 'local-notification':
      writer.u8(1).put(reason.notification.raw);
      return;
    case 'local':
      writer.u8(2).u16(reason.fsmEvent);
      return;
    case 'remote-notification':
      writer.u8(3).put(reason.notification.raw);
      return;
    case 'remote':
      writer.u8(4);
      return;
    case 'no-longer-monitored':
      writer.u8(5);
      return;
    case 'information':
      writer.u8(6);
      encodeTlvs(reason.information, writer);
      return;
    case 'unknown':
      writer.u8(reason.code).put(reason.bytes);
      return;
    default:
      unreachable(reason);
  }
}

/**
 * What a station hears as JSON, one object a notice: for `nearcast bmp listen --json` and whoever writes notices to a log.
 *
 * The keys of routes are those of `nearcast bgp decode`. Documented in docs/bmp.md.
 */
import { toHex } from '../../base/bytes.ts';
import { formatAddress } from '../../ip/address.ts';
import { errorJson, type Json, messageJson } from '../message/json.ts';
import { describeNotification } from '../message/notification.ts';
import type { Message } from '../message/types.ts';
import { statisticName } from './message/statistics.ts';
import { informationType, tlvText } from './message/tlv.ts';
import type { Pdu, PeerDownReason, PeerHeader, Statistic } from './message/types.ts';
import type { StationNotice } from './station/types.ts';

export function noticeJson(notice: StationNotice): Json {
  const { type, router } = notice;
  switch (notice.type) {
    case 'router-up':
      return { type, router, remote: notice.remote };
    case 'router-named': {
      const { sysName, sysDescr, information } = notice;
      const words = tlvText(information, informationType.string);
      return { type, router, sysName, sysDescr, ...(words !== undefined && { words }) };
    }
    case 'router-down':
      return { type, router, why: notice.why };
    case 'peer-up': {
      const { up } = notice;
      const table = tlvText(up.information, informationType.tableName);
      const label = tlvText(up.information, informationType.adminLabel);
      return {
        type,
        router,
        ...peerJson(notice.peer, false),
        ...(up.localAddress && { localAddress: formatAddress(up.localAddress) }),
        localPort: up.localPort,
        remotePort: up.remotePort,
        ...(table !== undefined && { table }),
        ...(label !== undefined && { label }),
        sent: pduJson(up.sent),
        received: pduJson(up.received),
      };
    }
    case 'peer-down':
      return { type, router, ...peerJson(notice.peer, false), reason: reasonJson(notice.reason) };
    case 'routes': {
      const { update, peer } = notice;
      const { errors } = update;
      return {
        type,
        router,
        ...peerJson(peer),
        ...messageJson(update),
        ...(errors.length > 0 && { errors: errors.map(errorJson) }),
      };
    }
    case 'end-of-rib':
      return { type, router, ...peerJson(notice.peer), family: notice.family };
    case 'statistics':
      return { type, router, ...peerJson(notice.peer, false), statistics: statisticsJson(notice.statistics) };
    case 'mirrored': {
      const { message, raw, what, peer } = notice;
      const said = message && { message: { type: message.type, ...messageJson(message) } };
      return { type, router, ...peerJson(peer, false), ...(what && { what }), ...said, hex: toHex(raw) };
    }
    case 'fault':
      return { type, router, ...notice.error, ends: notice.ends };
    case 'limit':
      return { type, router, what: notice.what };
  }
}

/** `withRib`: where the message is about one table of the peer, and not about its session. */
function peerJson(peer: PeerHeader, withRib = true): Json {
  const { kind, rib, distinguisher, address, asn, routerId, filtered, timeMicroseconds } = peer;
  return {
    peer: address === undefined ? 'loc-rib' : formatAddress(address),
    asn,
    routerId: formatAddress(routerId),
    ...(kind !== 'global' && { kind }),
    ...(distinguisher !== 0n && { distinguisher: distinguisher.toString(16).padStart(16, '0') }),
    ...(withRib && { rib }),
    ...(filtered && { filtered }),
    ...(timeMicroseconds > 0 && { time: new Date(timeMicroseconds / 1000).toISOString() }),
  };
}

function pduJson(pdu: Pdu<Message>): Json {
  return 'message' in pdu ? messageJson(pdu.message) : { error: errorJson(pdu.error), hex: toHex(pdu.raw) };
}

/** Whoever ended it, and how: `what` is for people. */
export function reasonJson(reason: PeerDownReason): Json {
  switch (reason.kind) {
    case 'local-notification':
    case 'remote-notification':
      return { kind: reason.kind, what: describeReason(reason), notification: pduJson(reason.notification) };
    case 'local':
      return { kind: reason.kind, what: describeReason(reason), fsmEvent: reason.fsmEvent };
    case 'unknown':
      return { kind: reason.kind, what: describeReason(reason), code: reason.code, hex: toHex(reason.bytes) };
    case 'remote':
    case 'no-longer-monitored':
    case 'information':
      return { kind: reason.kind, what: describeReason(reason) };
  }
}

/** Safe for a terminal: a NOTIFICATION's words are escaped. */
export function describeReason(reason: PeerDownReason): string {
  switch (reason.kind) {
    case 'local-notification':
    case 'remote-notification': {
      const who = reason.kind === 'local-notification' ? 'the router closed' : 'the peer closed';
      const { notification } = reason;
      return `${who}: ${'message' in notification ? describeNotification(notification.message) : 'a NOTIFICATION that cannot be read'}`;
    }
    case 'local':
      return `the router closed without a word${reason.fsmEvent === 0 ? '' : ` (FSM event ${reason.fsmEvent})`}`;
    case 'remote':
      return 'the connection was lost, or the peer closed it without a word';
    case 'no-longer-monitored':
      return 'the router tells of it no more';
    case 'information':
      return 'the table is told of no more';
    case 'unknown':
      return `reason ${reason.code}`;
  }
}

/** By name; a gauge beyond what a JSON number holds exactly is text, one that we do not know hex. */
export function statisticsJson(statistics: readonly Statistic[]): Json {
  return Object.fromEntries(
    statistics.map((each) => [statisticName(each), 'bytes' in each ? toHex(each.bytes) : numberOf(each.value)]),
  );
}

function numberOf(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
}

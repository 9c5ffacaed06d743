/**
 * Prefix limits: when a peer sends more than it should, it has a leak, and its session goes before our routers' memory does
 * (RFC 4271 §6.7).
 *
 * Why told once each way: a table that hovers at a threshold must not fill a log.
 */
import { ByteWriter } from '../../base/bytes.ts';
import { familyOf } from '../message/family/table.ts';
import { cease } from '../message/notification.ts';
import type { AddressFamily } from '../message/types.ts';
import type { SessionEvent } from '../session/types.ts';
import type { Peer } from './peer.ts';
import type { LimitNotice } from './types.ts';

const defaultWarnAtPercent = 75;

export interface LimitOutcome {
  readonly notice?: LimitNotice;
  /** What the session must be told: it ends. */
  readonly stop?: SessionEvent;
}

/**
 * What a family's count of received routes means now. While import is `underWay` on all of them, those that were accepted by the
 * old policy and by the new one stand side by side, and their count means nothing.
 */
export function checkInLimit(peer: Peer, family: AddressFamily, underWay: boolean): LimitOutcome {
  const limit = peer.config.limits?.in?.[family];
  if (limit === undefined) return {};
  const { maximum, counts = 'received', warnAtPercent = defaultWarnAtPercent, action = 'stop' } = limit;
  if (underWay && counts === 'accepted') return {};
  const count = peer.adjRibIn.count(family)[counts];
  const warnAt = Math.min(maximum, Math.floor((maximum * warnAtPercent) / 100));
  const [warning, exceeded] = [`warning ${family}`, `exceeded ${family}`];
  if (count <= maximum) peer.limitsTold.delete(exceeded);
  if (count < warnAt) peer.limitsTold.delete(warning);
  const level = count > maximum ? 'exceeded' : count >= warnAt && warnAt > 0 ? 'warning' : undefined;
  if (level === undefined) return {};
  const notice = { direction: 'in', family, level, count, maximum } as const;
  const told = peer.limitsTold.has(`${level} ${family}`);
  peer.limitsTold.add(`${level} ${family}`);
  peer.limitsTold.add(warning);
  return {
    ...(told ? {} : { notice }),
    ...(level === 'exceeded' && action === 'stop' && { stop: stopFor(family, maximum, limit.restartAfterSeconds) }),
  };
}

/** RFC 4486 §4: the data holds AFI, SAFI and the limit. */
function stopFor(family: AddressFamily, maximum: number, afterSeconds: number | undefined): SessionEvent {
  const { afi, safi } = familyOf(family);
  const data = new ByteWriter().u16(afi).u8(safi).u32(maximum).finish();
  const again = afterSeconds === undefined ? 'until it is started by hand' : `for ${afterSeconds} s`;
  return {
    type: 'automatic-stop',
    subcode: cease.maximumPrefixes,
    data,
    what: `we closed: the peer sent more than ${maximum} prefixes of ${family}; the session stays down ${again}`,
    restart: afterSeconds === undefined ? 'by-hand' : { afterSeconds },
  };
}

/** Told once while prefixes are withheld. */
export function checkOutLimit(peer: Peer): LimitNotice | undefined {
  const { adjRibOut } = peer.established ?? {};
  const limits = Object.entries(peer.config.limits?.out ?? {}) as [AddressFamily, number][];
  if (adjRibOut === undefined) return undefined;
  if (adjRibOut.withheld === 0) {
    peer.limitsTold.delete('withheld');
    return undefined;
  }
  if (peer.limitsTold.has('withheld')) return undefined;
  peer.limitsTold.add('withheld');
  const full = limits.find(([family, maximum]) => adjRibOut.count(family) >= maximum);
  if (full === undefined) return undefined;
  const [family, maximum] = full;
  return { direction: 'out', family, level: 'withheld', count: maximum + adjRibOut.withheld, maximum };
}

/**
 * Routes that outlive their session for a while, because their sender said that its forwarding does: graceful restart as its
 * helper (RFC 4724 §4.2, RFC 8538), and the long-lived kind as a last resort (RFC 9494).
 *
 * How: when the session is lost, its routes become stale and stay in use, and a timer waits for the peer. Is it back in time,
 * what it does not say again until its End-of-RIB is dropped. Is it not, the routes go, or where both ends agreed on it,
 * become the very last choice for a longer time.
 * Our own announcements ask nobody for this unless configured: a route that outlives its speaker is a blackhole wherever the
 * route means that something is alive.
 */
import { noLongLived } from '../message/community.ts';
import type { AddressFamily } from '../message/types.ts';
import type { LocRib } from '../rib/loc-rib.ts';
import { keptOverRestart } from '../session/capabilities.ts';
import type { DownReason, Negotiated } from '../session/types.ts';
import type { Peer } from './peer.ts';
import { dropFamilies, dropRoute, dropStale, longLivedMarker, offer } from './received.ts';
import type { PeerTimer } from './types.ts';

/** How long after its return a peer may take to say its routes again. Generous: a full table takes a slow router minutes. */
const defaultStaleSeconds = 360;
const cease = 6;
const hardReset = 9;

export interface StaleTimers {
  set(timer: PeerTimer, delayMs: number): void;
  clear(timer: PeerTimer): void;
}

/** The session was lost: keeps what was agreed on, drops the rest. */
export function sessionLost(peer: Peer, locRib: LocRib, reason: DownReason, timers: StaleTimers): void {
  const restart = peer.established?.negotiated.gracefulRestart;
  if (anyStale(peer)) timers.clear('stale');
  const keptFamilies =
    restart !== undefined && isGraceful(reason, restart.notification) ? keptOverRestart(restart) : [];
  peer.sessionOver();
  dropFamilies(
    peer,
    locRib,
    peer.config.families.filter((family) => !keptFamilies.includes(family)),
  );
  peer.lastRestart = keptFamilies.length > 0 ? restart : undefined;
  if (restart === undefined || keptFamilies.length === 0) return;
  for (const family of keptFamilies) {
    // RFC 4724 §4.2: what was stale from a restart before is deleted.
    dropStale(peer, locRib, family);
    if (peer.longLived.delete(family)) timers.clear(`long-lived:${family}`);
    peer.adjRibIn.markStale(family);
  }
  // RFC 9494 §4.2: the restart time of a family that the peer's graceful restart capability does not list is zero.
  const listed = keptFamilies.filter((family) => restart.families.some((one) => one.family === family));
  for (const family of keptFamilies) if (!listed.includes(family)) restartTimeOver(peer, locRib, family, timers);
  if (listed.length > 0) timers.set('restart', restart.restartTimeSeconds * 1000);
}

/** RFC 4724 §4.2: the connection is just gone; a NOTIFICATION only where both agreed on it, and no Hard Reset (RFC 8538 §3). */
function isGraceful({ kind, code, subcode }: DownReason, notification: boolean): boolean {
  switch (kind) {
    case 'connection-closed':
      return true;
    case 'hold-timer':
    case 'notification-sent':
    case 'notification-received':
      return notification && !(code === cease && subcode === hardReset);
    case 'stopped':
    case 'automatic-stop':
    case 'connect-failed':
      return false;
  }
}

/** Somebody here wants no session: nothing is waited for. */
export function sessionUnwanted(peer: Peer, locRib: LocRib, timers: StaleTimers): void {
  const waiting = anyStale(peer) || peer.lastRestart !== undefined;
  dropFamilies(peer, locRib, peer.config.families);
  peer.lastRestart = undefined;
  peer.longLived.clear();
  if (!waiting) return;
  for (const timer of ['restart', 'stale'] as const) timers.clear(timer);
  for (const family of peer.config.families) timers.clear(`long-lived:${family}`);
}

/** The peer is back: keeps the stale routes of which it says that its forwarding was preserved (RFC 4724 §4.2). */
export function sessionBack(peer: Peer, locRib: LocRib, negotiated: Negotiated, timers: StaleTimers): void {
  if (peer.lastRestart === undefined) return;
  peer.lastRestart = undefined;
  timers.clear('restart');
  const { families = [], longLived = [] } = negotiated.gracefulRestart ?? {};
  for (const family of peer.config.families) {
    const preserved = [...families, ...longLived].some((one) => one.family === family && one.forwardingPreserved);
    if (!preserved) familyDone(peer, locRib, family, timers);
  }
  if (anyStale(peer)) timers.set('stale', (peer.config.gracefulRestart?.staleSeconds ?? defaultStaleSeconds) * 1000);
}

/** The peer begins to say all of a family again (RFC 7313 §4.2, BoRR). */
export function refreshBegins(peer: Peer, family: AddressFamily, timers: StaleTimers): void {
  peer.adjRibIn.markStale(family);
  if (anyStale(peer)) timers.set('stale', (peer.config.gracefulRestart?.staleSeconds ?? defaultStaleSeconds) * 1000);
}

/** The peer has said all of a family: End-of-RIB (RFC 4724 §4.2), or EoRR (RFC 7313 §4.2). */
export function familyDone(peer: Peer, locRib: LocRib, family: AddressFamily, timers: StaleTimers): void {
  const waited = anyStale(peer);
  dropStale(peer, locRib, family);
  if (peer.longLived.delete(family)) timers.clear(`long-lived:${family}`);
  if (waited && !anyStale(peer)) timers.clear('stale');
}

type StaleTimer = 'restart' | 'stale' | `long-lived:${AddressFamily}`;

/** Whether a timer is of this file, and none of the session's. */
export function isStaleTimer(timer: PeerTimer): timer is StaleTimer {
  return timer === 'restart' || timer === 'stale' || timer.startsWith('long-lived:');
}

/** A timer of this file has fired. */
export function staleTimer(peer: Peer, locRib: LocRib, timer: StaleTimer, timers: StaleTimers): void {
  for (const family of peer.config.families) {
    if (timer === 'restart') restartTimeOver(peer, locRib, family, timers);
    else if (timer === 'stale' || timer === `long-lived:${family}`) familyDone(peer, locRib, family, timers);
  }
}

/** RFC 9494 §4.2: the peer is not back. Its routes go, or are used while there is nothing else. */
function restartTimeOver(peer: Peer, locRib: LocRib, family: AddressFamily, timers: StaleTimers): void {
  if (peer.longLived.has(family)) return; // it had no restart time to wait for
  const agreed = peer.lastRestart?.longLived.find((one) => one.family === family);
  if (agreed === undefined || agreed.staleTimeSeconds === 0) {
    dropStale(peer, locRib, family);
    return;
  }
  const markLongLived = longLivedMarker();
  for (const { id, path } of peer.adjRibIn.stale(family)) {
    if (path.received.path.attributes.communities?.includes(noLongLived)) {
      dropRoute(peer, locRib, id, path.pathId); // RFC 9494 §4.2: the sender forbids it
      continue;
    }
    const marked = markLongLived(path);
    peer.adjRibIn.set(id, marked.whenStale);
    offer(locRib, id, marked);
  }
  peer.longLived.add(family);
  timers.set(`long-lived:${family}`, agreed.staleTimeSeconds * 1000);
}

function anyStale(peer: Peer): boolean {
  return peer.config.families.some((family) => peer.adjRibIn.staleCount(family) > 0);
}

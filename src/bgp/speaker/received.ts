/**
 * What a peer's messages do to the tables: its Adj-RIB-In, and by import the candidates of the Loc-RIB.
 *
 * Why apart from the speaker: sessions come and go there; here routes do, and every way in which one can be added, changed or
 * dropped passes one of these few functions, so that the two tables never disagree.
 */
import { longLivedStale } from '../message/community.ts';
import type { AddressFamily, CodecContext, UpdateMessage } from '../message/types.ts';
import { findUpdate, forEachNlri, readAnnounced, type UpdateInPlace } from '../message/update-in-place.ts';
import type { LocRib } from '../rib/loc-rib.ts';
import { ImportedPath, ReceivedPath } from '../rib/received-path.ts';
import type { Peer } from './peer.ts';

/** Returns whether to go on with the next prefix: a limit may have ended the session. */
export type AfterEach = (family: AddressFamily) => boolean;

/** A message that can be taken from where it stands, its attributes known; `undefined`: it must be decoded with care. */
export function updateInPlace(peer: Peer, raw: Uint8Array, codec: CodecContext): UpdateInPlace | undefined {
  const update = findUpdate(raw, codec);
  if (update?.key === undefined || peer.adjRibIn.paths.get(update.key) !== undefined) return update;
  const announced = readAnnounced(update, codec);
  if (announced === undefined || peer.established === undefined) return undefined;
  peer.adjRibIn.paths.add(peer.established.source, announced, update.key);
  return update;
}

/** Takes what an UPDATE says that `updateInPlace` found, prefix by prefix. */
export function receiveInPlace(peer: Peer, locRib: LocRib, update: UpdateInPlace, afterEach: AfterEach): void {
  const { key, bytes, family } = update;
  const { table, adjRibIn } = peer;
  if (key === undefined) {
    forEachNlri(update, (at, pathId) => {
      dropRoute(peer, locRib, table.findNlri(family, bytes, at), pathId);
      return true;
    });
    return;
  }
  const path = adjRibIn.paths.get(key);
  if (path === undefined) return; // the session ended meanwhile
  forEachNlri(update, (at, pathId) => {
    take(peer, locRib, table.internNlri(family, bytes, at), path.withPathId(pathId));
    return afterEach(family);
  });
  if (path.uses === 0) adjRibIn.paths.drop(path); // the session ended, or all paths have numbers that nobody uses
}

/** Takes what an UPDATE says, prefix by prefix. */
export function receiveUpdate(peer: Peer, locRib: LocRib, update: UpdateMessage, afterEach: AfterEach): void {
  const { established, table } = peer;
  if (established === undefined) return;
  // Withdrawn first: a prefix that stands in both is announced (RFC 4271 §4.3).
  for (const { family, prefixes } of update.withdrawn) {
    for (const nlri of prefixes) dropRoute(peer, locRib, table.find(nlri, family), nlri.pathId);
  }
  for (const { family, nextHop, prefixes } of update.reach) {
    const path = new ReceivedPath({ family, source: established.source, nextHop, attributes: update.attributes });
    for (const nlri of prefixes) {
      take(peer, locRib, table.intern(nlri, family), path.withPathId(nlri.pathId));
      if (!afterEach(family)) return;
    }
  }
}

function take(peer: Peer, locRib: LocRib, id: number, path: ReceivedPath): void {
  const imported = peer.importer.import(path, id);
  peer.adjRibIn.set(id, imported);
  offer(locRib, id, imported);
}

/** Drops one route of the peer; nothing happens where there is none, as for the number of no prefix. */
export function dropRoute(peer: Peer, locRib: LocRib, id: number, pathId: number | undefined): void {
  const before = peer.adjRibIn.delete(id, pathId);
  if (before !== undefined) locRib.delete(id, before.received.path);
}

/** Runs import anew on what the peer has sent of these prefixes: its policy is another one now, or sees other answers. */
export function importAgain(peer: Peer, locRib: LocRib, ids: Iterable<number>): void {
  const { adjRibIn, table } = peer;
  const markLongLived = longLivedMarker();
  for (const id of ids) {
    const family = table.family(id);
    for (const before of adjRibIn.pathsTo(id)) {
      let imported = peer.importer.import(before.received, id);
      if (before.stale && peer.longLived.has(family)) imported = markLongLived(imported);
      adjRibIn.set(id, before.stale ? imported.whenStale : imported);
      offer(locRib, id, imported);
    }
  }
}

/** Drops what the peer has not said again since it was marked stale. */
export function dropStale(peer: Peer, locRib: LocRib, family: AddressFamily): void {
  for (const { id, path } of peer.adjRibIn.stale(family)) dropRoute(peer, locRib, id, path.pathId);
}

/** Drops all routes of these families. */
export function dropFamilies(peer: Peer, locRib: LocRib, families: readonly AddressFamily[]): void {
  for (const id of peer.adjRibIn.ids()) {
    if (!families.includes(peer.table.family(id))) continue;
    for (const { pathId } of peer.adjRibIn.pathsTo(id)) dropRoute(peer, locRib, id, pathId);
  }
}

/** RFC 9494 §4.2: LLGR_STALE goes with a route that is kept for long. What is marked alike stays one object. */
export function longLivedMarker(): (imported: ImportedPath) => ImportedPath {
  const marked = new Map<ImportedPath, ImportedPath>();
  return (imported) => {
    const { received, outcome } = imported;
    if (outcome.verdict === 'reject') return imported;
    let longLived = marked.get(imported);
    if (longLived === undefined) {
      const { attributes } = outcome.path;
      const communities = [...new Set([...(attributes.communities ?? []), longLivedStale])];
      const path = { ...outcome.path, attributes: { ...attributes, communities } };
      longLived = new ImportedPath(received, { ...outcome, path });
      marked.set(imported, longLived);
    }
    return longLived;
  };
}

/** Makes the outcome of import a candidate of the Loc-RIB, or none. */
export function offer(locRib: LocRib, id: number, { received, outcome }: ImportedPath): void {
  if (outcome.verdict === 'accept') locRib.set(id, outcome.path);
  else locRib.delete(id, received.path);
}

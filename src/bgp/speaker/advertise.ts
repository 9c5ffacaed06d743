/**
 * What a peer should be told, and the messages that bring it there.
 *
 * Why apart from the speaker: which of the routes to a prefix a peer hears of is one question (the best; for a route server's
 * client the best that it may have; for one that takes several paths, many), asked when telling and when explaining.
 */
import { encodeMessage } from '../message/codec.ts';
import { families } from '../message/family/table.ts';
import { type NlriList, pathIdBytes, sendsPathIds } from '../message/nlri.ts';
import type { AddressFamily, CodecContext, Message } from '../message/types.ts';
import { announce, type EncodedPath, withdraw } from '../message/update-encode.ts';
import { type Difference, type NumberedPath, PathList, type Told } from '../rib/adj-rib-out.ts';
import type { LocRib } from '../rib/loc-rib.ts';
import type { PrefixTable } from '../rib/prefix-table.ts';
import { type Path, routeTo } from '../rib/types.ts';
import { type ExportOutcome, exportRoute } from './export.ts';
import type { GroupPath } from './export-group.ts';
import type { EstablishedSession, Peer } from './peer.ts';

/** Whether more than the best route matters to the peer, so that it is looked at when others change. */
export function looksBehindBest({ config, established }: Peer): boolean {
  return config.routeServerClient === true || (established?.negotiated.codec.addPath?.send.length ?? 0) > 0;
}

/** What the peer should know of a prefix, by its number. */
function wanted(peer: Peer, session: EstablishedSession, locRib: LocRib, id: number): Told<GroupPath> | undefined {
  const { group } = session;
  const own = (path: Path): boolean => path.source.peer === peer.config.id;
  if (takesSeveral(session, peer.table.family(id))) {
    // RFC 7911 §2: any that are usable; best first, so that a peer that is told few is told the best.
    const paths: NumberedPath<GroupPath>[] = [];
    for (const path of locRib.ranked(id)) {
      if (paths.length >= (peer.config.advertisedPaths ?? Number.POSITIVE_INFINITY)) break;
      const out = own(path) ? undefined : group.export(id, path);
      if (out !== undefined) paths.push({ path: out, pathId: locRib.pathId(id, path) });
    }
    return paths.length === 0 ? undefined : paths;
  }
  if (peer.config.routeServerClient) {
    // RFC 7947 §2.3: a route that this client may not have must not hide the next best from it.
    for (const path of locRib.ranked(id)) {
      const out = own(path) ? undefined : group.export(id, path);
      if (out !== undefined) return out;
    }
    return undefined;
  }
  const best = locRib.best(id);
  return best === undefined || own(best) ? undefined : group.export(id, best);
}

/** How or why not the peer is told of a prefix's best route, and where it takes others, of what it is told instead. */
export function explainWanted(peer: Peer, locRib: LocRib, id: number): ExportOutcome | undefined {
  const ranked = locRib.ranked(id);
  if (ranked.length === 0) return undefined;
  const prefix = peer.table.prefix(id);
  const context = peer.exportContext();
  const outcomes = (looksBehindBest(peer) ? ranked : ranked.slice(0, 1)).map((path) =>
    exportRoute(routeTo(prefix, path), context),
  );
  return outcomes.find(({ verdict }) => verdict === 'announce') ?? outcomes[0];
}

function takesSeveral({ negotiated }: EstablishedSession, family: AddressFamily): boolean {
  return negotiated.codec.addPath?.send.includes(family) ?? false;
}

/** The bytes that bring the peer up to date; none where it is. `whole`: of all routes, so that a first table ends here. */
export function messagesFor(peer: Peer, locRib: LocRib, whole: boolean): Uint8Array | undefined {
  const { established } = peer;
  if (established === undefined) return undefined;
  const { adjRibOut, negotiated } = established;
  const messages: Uint8Array[] = [];
  const put = (message: Message): void => {
    messages.push(...encodeMessage(message, negotiated.codec));
  };
  const refreshed = takeRefreshDue(established);
  // RFC 7313 §4.1: what follows until EoRR is all that we have.
  if (negotiated.enhancedRouteRefresh) {
    for (const family of refreshed) put({ type: 'route-refresh', family, subtype: 'begin' });
  }
  const difference = adjRibOut.flush((id) => wanted(peer, established, locRib, id));
  for (const message of updates(peer.table, established, difference)) messages.push(message);
  observe(peer, established, difference);
  if (negotiated.enhancedRouteRefresh) {
    for (const family of refreshed) put({ type: 'route-refresh', family, subtype: 'end' });
  }
  for (const family of whole ? established.endOfRibDue : []) {
    put({ type: 'update', withdrawn: [], reach: [], attributes: {}, endOfRib: family, errors: [] });
  }
  if (whole) established.endOfRibDue = [];
  const [only] = messages;
  return messages.length > 1 ? new Uint8Array(Buffer.concat(messages)) : only;
}

/** Withdrawals first; among them what turns out too large to be said. */
function updates(
  table: PrefixTable,
  { adjRibOut, negotiated }: EstablishedSession,
  { withdrawn, announced }: Difference<GroupPath>,
): readonly Uint8Array[] {
  const { codec } = negotiated;
  const announcements: Uint8Array[] = [];
  for (const { path, list } of byBytes(announced, table, codec)) {
    const family = familyOfList(list, table);
    const { messages, left } = announce(path, nlriOf(list, table, sendsPathIds(codec, family)), codec);
    for (const message of messages) announcements.push(message);
    for (const index of left) {
      const [id, pathId] = [list.ids[index] as number, list.pathIds[index] as number];
      adjRibOut.forget(id, pathId);
      withdrawn.push(id, pathId);
    }
  }
  const withdrawals = families.flatMap(({ name: family }) => {
    const list = ofFamily(withdrawn, family, table);
    return withdraw(family, nlriOf(list, table, sendsPathIds(codec, family)), codec);
  });
  return withdrawals.length === 0 ? announcements : withdrawals.concat(announcements);
}

/** Tells who copies what the peer is told. What could not be said after all was announced first. */
function observe(peer: Peer, session: EstablishedSession, { withdrawn, announced }: Difference<GroupPath>): void {
  const { observer } = peer.speaker;
  if (observer === undefined || observer.follows === false) return;
  const told = ({ ids, pathIds }: PathList, path?: GroupPath): void => {
    for (const [index, id] of ids.entries()) {
      const [prefix, family] = [peer.table.prefix(id), peer.table.family(id)];
      const numbered = takesSeveral(session, family) && { pathId: pathIds[index] as number };
      const after = path && { prefix, family, nextHop: path.nextHop, attributes: path.attributes, ...numbered };
      observer.told(peer.config.id, { family, nlri: { ...prefix, ...numbered }, ...(after && { after }) });
    }
  };
  for (const [path, list] of announced) told(list, path);
  told(withdrawn);
}

/** What goes out with the same bytes goes out together. */
function byBytes(announced: Difference<GroupPath>['announced'], table: PrefixTable, codec: CodecContext) {
  const groups = new Map<string, { readonly path: EncodedPath | undefined; readonly lists: PathList[] }>();
  for (const [groupPath, list] of announced) {
    const { path, key } = groupPath.encoded(table.family(list.ids[0] as number), codec);
    const same = groups.get(key);
    if (same === undefined) groups.set(key, { path, lists: [list] });
    else same.lists.push(list);
  }
  return Array.from(groups.values(), ({ path, lists }) => ({ path, list: joined(lists) }));
}

function joined(lists: readonly PathList[]): PathList {
  const [first = new PathList(), ...others] = lists;
  if (others.length === 0) return first;
  const all = new PathList();
  for (const { ids, pathIds } of lists) for (const [index, id] of ids.entries()) all.push(id, pathIds[index] as number);
  return all;
}

/** Prefixes straight from the table to the message. */
function nlriOf({ ids, pathIds }: PathList, table: PrefixTable, numbered: boolean): NlriList {
  return {
    count: ids.length,
    bytesOf: (index) => table.nlriBytes(ids[index] as number) + (numbered ? pathIdBytes : 0),
    write: (index, writer) => {
      if (numbered) writer.u32(pathIds[index] as number);
      table.writeNlri(ids[index] as number, writer);
    },
  };
}

function ofFamily(list: PathList, family: AddressFamily, table: PrefixTable): PathList {
  const part = new PathList();
  for (const [index, id] of list.ids.entries()) {
    if (table.family(id) === family) part.push(id, list.pathIds[index] as number);
  }
  return part;
}

/** All prefixes of one path are of one family. */
function familyOfList({ ids }: PathList, table: PrefixTable): AddressFamily {
  return table.family(ids[0] as number);
}

/** The families that the peer asked for, with all that it was told of them marked to be told again. */
function takeRefreshDue(established: EstablishedSession): readonly AddressFamily[] {
  const carried = established.negotiated.codec.families;
  const families = carried.filter((family) => established.refreshDue.includes(family));
  established.refreshDue = [];
  for (const family of families) established.adjRibOut.resend(family); // RFC 2918 §4
  return families;
}

/** What the speaker keeps of one peer: its session, its two RIBs, and while it is established what was negotiated. */

import { formatAddress } from '../../ip/address.ts';
import { MessageFramer } from '../message/framer.ts';
import type { AddressFamily, CodecContext, MessageError } from '../message/types.ts';
import { type CompiledPolicy, compilePolicy } from '../policy/evaluate.ts';
import type { Policy } from '../policy/types.ts';
import { AdjRibIn, type InObserver } from '../rib/adj-rib-in.ts';
import { AdjRibOut } from '../rib/adj-rib-out.ts';
import type { PrefixTable } from '../rib/prefix-table.ts';
import type { RibObserver, RouteSource } from '../rib/types.ts';
import { ourCapabilities } from '../session/capabilities.ts';
import { initialSession, type SessionState } from '../session/fsm.ts';
import type { DownReason, Negotiated, NegotiatedRestart, Side } from '../session/types.ts';
import type { ExportContext } from './export.ts';
import type { ExportGroup, GroupPath } from './export-group.ts';
import { type ImportContext, Importer } from './import.ts';
import { oppositeRole } from './only-to-customer.ts';
import { asnTowards } from './options.ts';
import type { NeighborStatus, PeerConfig, SpeakerConfig } from './types.ts';
import { receivedRoute } from './views.ts';

/** Lives as long as the session is established: the peer forgets all when it ends, and so do we. */
export interface EstablishedSession {
  readonly side: Side;
  readonly negotiated: Negotiated;
  readonly source: RouteSource;
  readonly adjRibOut: AdjRibOut<GroupPath>;
  /** Those that are told the same. */
  group: ExportGroup;
  /** Families whose first full table is not sent yet. */
  endOfRibDue: readonly AddressFamily[];
  /** Families that the peer has asked to hear again, to be told between BoRR and EoRR (RFC 7313). */
  refreshDue: readonly AddressFamily[];
}

interface PeerPolicy {
  readonly written: Policy;
  readonly run: CompiledPolicy;
}

export class Peer {
  readonly config: PeerConfig;
  readonly speaker: SpeakerConfig;
  readonly table: PrefixTable;
  importPolicy: PeerPolicy | undefined;
  exportPolicy: PeerPolicy | undefined;
  readonly adjRibIn: AdjRibIn;
  #importer: Importer | undefined;
  /** The connections that are open, each with the part of a message that waits for its rest. */
  readonly framers = new Map<Side, MessageFramer>();
  session: SessionState;
  established: EstablishedSession | undefined;
  /** What the last session agreed on about restarts, while routes from then are still there. */
  lastRestart: NegotiatedRestart | undefined;
  /** Families whose stale routes are a last resort by now (RFC 9494). */
  readonly longLived = new Set<AddressFamily>();
  /** The limits that were told about and are still near or beyond. */
  readonly limitsTold = new Set<string>();
  /** Not started, or stopped, because BFD does not reach the peer. Who starts or stops it by hand overrules that. */
  heldByBfd = false;
  malformedUpdates = 0;
  lastMalformed: MessageError | undefined;
  lastDown: DownReason | undefined;

  constructor(config: PeerConfig, speaker: SpeakerConfig, table: PrefixTable) {
    this.config = config;
    this.speaker = speaker;
    this.table = table;
    this.adjRibIn = new AdjRibIn(table, observedBy(speaker.observer, config.id, table));
    this.setImportPolicy(config.importPolicy);
    this.setExportPolicy(config.exportPolicy);
    this.session = initialSession({ ...config, localAsn: asnTowards(speaker, config), routerId: speaker.routerId });
  }

  get external(): boolean {
    return this.config.peerAsn !== this.speaker.asn;
  }

  /** What was negotiated; before that, what reads an OPEN, which is the same for all. */
  get codec(): CodecContext {
    if (this.established !== undefined) return this.established.negotiated.codec;
    const { peerAsn, families } = this.config;
    return { fourOctetAsn: true, external: this.external, peerAsn, families };
  }

  /** Problem codes: those of `compilePolicy`, with nothing changed. */
  setImportPolicy(policy: Policy | undefined): void {
    this.importPolicy = policy && { written: policy, run: compilePolicy(policy) };
  }

  setExportPolicy(policy: Policy | undefined): void {
    this.exportPolicy = policy && { written: policy, run: compilePolicy(policy) };
  }

  get importer(): Importer {
    this.#importer ??= new Importer(this.importContext(), this.table);
    return this.#importer;
  }

  /** What import has made of paths holds no more: the policy is another one, or sees other answers. */
  importAnew(): void {
    this.#importer = undefined;
  }

  importContext(): ImportContext {
    const { asn, routerId, clusterId, validation } = this.speaker;
    return {
      localAsn: asn,
      routerId,
      peer: this.config,
      policy: this.importPolicy?.run,
      ...(clusterId && { clusterId }),
      ...(validation && { validation }),
    };
  }

  exportContext(negotiated = this.established?.negotiated): ExportContext {
    const { asn, routerId, clusterId = routerId, validation } = this.speaker;
    const { families = [], extendedNextHop = [] } = negotiated?.codec ?? {};
    const longLived = negotiated?.peerCapabilities ?? [];
    return {
      localAsn: asn,
      clusterId,
      peer: this.config,
      policy: this.exportPolicy?.run,
      families,
      extendedNextHop,
      longLivedFamilies: longLived.flatMap((one) =>
        one.kind === 'long-lived-graceful-restart' ? one.families.map(({ family }) => family) : [],
      ),
      ...(validation && { validation }),
    };
  }

  openConnection(side: Side): void {
    if (!this.framers.has(side)) this.framers.set(side, new MessageFramer());
  }

  /** The bytes of a side as messages. How long one may be changes with the peer's OPEN (RFC 8654 §4). */
  frame(side: Side, bytes: Uint8Array): ReturnType<MessageFramer['push']> | undefined {
    const framer = this.framers.get(side);
    const connection = this.session.connections[side];
    if ('negotiated' in connection) framer?.negotiated(connection.negotiated.codec);
    return framer?.push(bytes);
  }

  /** `joinGroup` is asked when all that the group depends on is known. */
  establish(side: Side, negotiated: Negotiated, joinGroup: (negotiated: Negotiated) => ExportGroup): void {
    const { id, peerAsn, address, relation, reflectorClient, role = undefined, limits } = this.config;
    const theirRole = negotiated.peerRole ?? (role && oppositeRole(role));
    const source: RouteSource = {
      peer: id,
      asn: peerAsn,
      routerId: negotiated.peerRouterId,
      address,
      external: this.external,
      ...(relation && { relation }),
      ...(theirRole && { role: theirRole }),
      ...(reflectorClient && { reflectorClient }),
    };
    this.#restartIsOver();
    const adjRibOut = new AdjRibOut<GroupPath>(this.table, limits?.out);
    const endOfRibDue = negotiated.codec.families;
    this.adjRibIn.paths.clear();
    const group = joinGroup(negotiated);
    this.established = { side, negotiated, source, adjRibOut, group, endOfRibDue, refreshDue: [] };
  }

  /** The peer forgets what it was told, and its bytes will mean something else in the next session. */
  sessionOver(): void {
    this.established?.adjRibOut.clear();
    this.established = undefined;
    this.adjRibIn.paths.clear();
  }

  /** RFC 4724 §3: the R bit is for the first session after the restart; a later OPEN must not claim another one. */
  #restartIsOver(): void {
    const { gracefulRestart } = this.session.config;
    if (gracefulRestart?.restarted === undefined) return;
    const { restarted: _, ...later } = gracefulRestart;
    this.session = { ...this.session, config: { ...this.session.config, gracefulRestart: later } };
  }

  status(): NeighborStatus {
    const { established, lastDown, lastMalformed, adjRibIn } = this;
    const { id, peerAsn, address, families } = this.config;
    return {
      id,
      asn: peerAsn,
      address: formatAddress(address),
      phase: this.session.phase,
      ...(established && { holdTimeSeconds: established.negotiated.holdTimeSeconds }),
      offered: ourCapabilities(this.session.config),
      ...(established && { negotiated: established.negotiated }),
      receivedRoutes: adjRibIn.size,
      acceptedRoutes: families.reduce((sum, family) => sum + adjRibIn.count(family).accepted, 0),
      announcedRoutes: established?.adjRibOut.size ?? 0,
      withheldRoutes: established?.adjRibOut.withheld ?? 0,
      staleRoutes: families.reduce((sum, family) => sum + adjRibIn.staleCount(family), 0),
      malformedUpdates: this.malformedUpdates,
      ...(lastMalformed && { lastMalformed }),
      ...(lastDown && { lastDown }),
    };
  }
}

function observedBy(observer: RibObserver | undefined, peer: string, table: PrefixTable): InObserver | undefined {
  if (observer === undefined) return undefined;
  return (id, before, after) => {
    if (observer.follows === false) return;
    const [prefix, family] = [table.prefix(id), table.family(id)];
    const pathId = (before ?? after)?.pathId;
    observer.received(peer, {
      family,
      nlri: pathId === undefined ? prefix : { ...prefix, pathId },
      ...(before && { before: receivedRoute(prefix, before) }),
      ...(after && { after: receivedRoute(prefix, after) }),
    });
  };
}

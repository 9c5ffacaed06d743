/** What the speaker keeps of one peer: its session, its two RIBs, and while it is established what was negotiated. */

import { formatAddress } from '../../ip/address.ts';
import { MessageFramer } from '../message/framer.ts';
import type { AddressFamily, CodecContext, MessageError } from '../message/types.ts';
import { type CompiledPolicy, compilePolicy } from '../policy/evaluate.ts';
import { AdjRibIn } from '../rib/adj-rib-in.ts';
import { AdjRibOut } from '../rib/adj-rib-out.ts';
import type { RouteSource } from '../rib/types.ts';
import { initialSession, type SessionState } from '../session/fsm.ts';
import type { DownReason, Negotiated, Side } from '../session/types.ts';
import type { NeighborStatus, PeerConfig, SpeakerConfig } from './types.ts';

/** Lives as long as the session is established: the peer forgets all when it ends, and so do we. */
export interface EstablishedSession {
  readonly side: Side;
  readonly negotiated: Negotiated;
  readonly source: RouteSource;
  readonly adjRibOut: AdjRibOut;
  /** Families whose first full table is not sent yet. */
  endOfRibDue: readonly AddressFamily[];
}

export class Peer {
  readonly config: PeerConfig;
  readonly localAsn: number;
  readonly importPolicy: CompiledPolicy | undefined;
  exportPolicy: CompiledPolicy | undefined;
  readonly adjRibIn = new AdjRibIn();
  /** The connections that are open, each with the part of a message that waits for its rest. */
  readonly framers = new Map<Side, MessageFramer>();
  session: SessionState;
  established: EstablishedSession | undefined;
  malformedUpdates = 0;
  lastMalformed: MessageError | undefined;
  lastDown: DownReason | undefined;

  constructor(config: PeerConfig, { asn, routerId }: SpeakerConfig) {
    this.config = config;
    this.localAsn = asn;
    this.importPolicy = config.importPolicy && compilePolicy(config.importPolicy);
    this.exportPolicy = config.exportPolicy && compilePolicy(config.exportPolicy);
    const { peerAsn, holdTimeSeconds, connectRetrySeconds, families, passive } = config;
    this.session = initialSession({
      localAsn: asn,
      routerId,
      peerAsn,
      holdTimeSeconds,
      connectRetrySeconds,
      families,
      passive,
    });
  }

  get external(): boolean {
    return this.config.peerAsn !== this.localAsn;
  }

  /** What was negotiated; before that, what reads an OPEN, which is the same for all. */
  get codec(): CodecContext {
    if (this.established !== undefined) return this.established.negotiated.codec;
    const { peerAsn, families } = this.config;
    return { fourOctetAsn: true, external: this.external, peerAsn, families };
  }

  openConnection(side: Side): void {
    if (!this.framers.has(side)) this.framers.set(side, new MessageFramer());
  }

  establish(side: Side, negotiated: Negotiated): EstablishedSession {
    const { id, peerAsn, address, relation } = this.config;
    const source: RouteSource = {
      peer: id,
      asn: peerAsn,
      routerId: negotiated.peerRouterId,
      address,
      external: this.external,
      ...(relation === undefined ? {} : { relation }),
    };
    const endOfRibDue = negotiated.codec.families;
    this.established = { side, negotiated, source, adjRibOut: new AdjRibOut(), endOfRibDue };
    return this.established;
  }

  status(): NeighborStatus {
    const { established, lastDown, lastMalformed } = this;
    const { id, peerAsn, address } = this.config;
    return {
      id,
      asn: peerAsn,
      address: formatAddress(address),
      phase: this.session.phase,
      ...(established && { holdTimeSeconds: established.negotiated.holdTimeSeconds }),
      receivedRoutes: this.adjRibIn.size,
      announcedRoutes: established?.adjRibOut.size ?? 0,
      malformedUpdates: this.malformedUpdates,
      ...(lastMalformed && { lastMalformed }),
      ...(lastDown && { lastDown }),
    };
  }
}

/**
 * The speaker as the library has it: the speaker over TCP, with text at its door and defaults for what it is made of.
 *
 * Why a layer: inside, time, randomness and logging are arguments, since the same code runs in simulations; a user of the
 * library has one clock and wants a session in three lines.
 */
import { systemClock } from '../../base/clock.ts';
import { fail } from '../../base/problem.ts';
import { systemRandom } from '../../base/random.ts';
import type { Address } from '../../ip/address.ts';
import { maximumAsn } from '../../ip/asn.ts';
import type { Decision, Route } from '../rib/types.ts';
import type { ExplainedExport, ExplainedImport } from '../speaker/explain.ts';
import type { ExportOutcome } from '../speaker/export.ts';
import { createSpeaker as createHost } from '../transport/speaker-host.ts';
import type { SpeakerOptions as HostOptions, SpeakerEvents, SpeakerHost, StopOptions } from '../transport/types.ts';
import { type Announcement, announcedAttributes } from './announcement.ts';
import { type Peer, peerOf, type Range, rangeOf } from './peer.ts';
import { sourceAddressTowards } from './source-address.ts';
import { type AddressText, type PrefixText, toAddress, toPrefix } from './text.ts';

/** Only `asn` and `routerId` have no default. Absent `logger`: silence, everything worth knowing is an event, too. */
export interface SpeakerOptions extends Partial<Omit<HostOptions, 'asn' | 'routerId' | 'clusterId' | 'tellUpdates'>> {
  readonly asn: number;
  /** The BGP identifier: a number that looks like an IPv4 address and is unique within the AS (RFC 6286). */
  readonly routerId: AddressText;
  readonly clusterId?: AddressText;
}

export interface PeerAdded {
  /** The name of the peer or range in calls and events. */
  readonly id: string;
  /** Where it is listened for it, where it is. */
  readonly listen?: { readonly host: string; readonly port: number };
}

type Kept =
  | 'removePeer'
  | 'removeRange'
  | 'setExportPolicy'
  | 'setImportPolicy'
  | 'validationChanged'
  | 'requestRefresh'
  | 'stopPeer'
  | 'startPeer'
  | 'resetPeer'
  | 'bestRoutes'
  | 'neighbors'
  | 'sessionPhase'
  | 'adjRibIn'
  | 'adjRibOut'
  | 'stop';

/** A running speaker. Calls throw a `ProblemError` where a person can mend what is wrong. */
export interface Speaker extends Pick<SpeakerHost, Kept> {
  /**
   * Adds a peer and starts its session at once; settles when its listener listens, or at once where there is none. Rejects
   * with what is wrong, the peer then not added.
   */
  addPeer(peer: Peer): Promise<PeerAdded>;
  /** Takes whoever connects from a range of addresses as a peer, until its session is over. */
  addRange(range: Range): Promise<PeerAdded>;
  /** Announces a route of our own to every peer whose export policy accepts it; again with other words: changes it. */
  announce(prefix: PrefixText, announcement?: Announcement): void;
  withdraw(prefix: PrefixText): void;
  /** The best route of the longest prefix that holds the address. */
  lookup(address: AddressText): Route | undefined;
  /** The best route to exactly this prefix, and why each other one lost. */
  decision(prefix: PrefixText): Decision | undefined;
  explainImport(peer: string, prefix: PrefixText): readonly ExplainedImport[];
  explainExport(peer: string, prefix: PrefixText): ExportOutcome | undefined;
  explainExportPolicy(peer: string, prefix: PrefixText): ExplainedExport | undefined;
  /**
   * Calls `listener` with every event of a name from now on; returns what ends that. `session`: one came up or went down.
   * `update`: what a peer said, before any policy. `best`: the best route to a prefix changed. `limit`: a limit was reached.
   */
  on<Name extends keyof SpeakerEvents>(name: Name, listener: (event: SpeakerEvents[Name]) => void): () => void;
}

/** Problem codes: `bgp.asn`, `bgp.address`. Nothing is opened before the first peer is added. */
export function createSpeaker(options: SpeakerOptions): Speaker {
  const { clock = systemClock, random = systemRandom(), asn, routerId, clusterId, ...others } = options;
  if (!Number.isInteger(asn) || asn < 1 || asn > maximumAsn) {
    const fix = `use a whole number from 1 to ${maximumAsn}`;
    fail({ code: 'bgp.asn', what: `our AS number is ${asn}`, where: 'asn', fix, source: 'RFC 7607' });
  }
  const host = createHost({
    ...others,
    asn,
    clock,
    random,
    routerId: identifier(routerId, 'routerId'),
    ...(clusterId !== undefined && { clusterId: identifier(clusterId, 'clusterId') }),
    tellUpdates: true,
  });
  return new LibrarySpeaker(host);
}

/** RFC 4271 §4.2, RFC 6286: four bytes that are not all zero. */
function identifier(text: AddressText, where: string): Address {
  const address = toAddress(text, where);
  if (address.family === 4 && address.bytes.some((byte) => byte !== 0)) return address;
  const fix = 'use an IPv4 address of this router, or any number of that form which no other router has';
  return fail({ code: 'bgp.address', what: `${text} cannot be a BGP identifier`, where, fix, source: 'RFC 6286 §2.1' });
}

class LibrarySpeaker implements Speaker {
  readonly #host: SpeakerHost;

  constructor(host: SpeakerHost) {
    this.#host = host;
  }

  async addPeer(peer: Peer): Promise<PeerAdded> {
    toAddress(peer.address, `peer ${peer.id ?? peer.address}`, { zone: true }); // before the kernel is asked about it
    const source = peer.localAddress ?? (await sourceAddressTowards(peer.address));
    const { config, transport } = peerOf(peer, source);
    return { id: config.id, ...(await this.#host.addPeer(config, transport)) };
  }

  async addRange(range: Range): Promise<PeerAdded> {
    const given = rangeOf(range);
    return { id: given.id, ...(await this.#host.addRange(given)) };
  }

  announce(prefix: PrefixText, announcement: Announcement = {}): void {
    const where = `announce ${typeof prefix === 'string' ? prefix : ''}`.trim();
    this.#host.announce({ prefix: toPrefix(prefix, where), attributes: announcedAttributes(announcement, where) });
  }

  withdraw(prefix: PrefixText): void {
    this.#host.withdraw(toPrefix(prefix, 'withdraw'));
  }

  on<Name extends keyof SpeakerEvents>(name: Name, listener: (event: SpeakerEvents[Name]) => void): () => void {
    return this.#host.on(name, listener);
  }

  lookup(address: AddressText): Route | undefined {
    return this.#host.lookup(toAddress(address, 'lookup'));
  }

  decision(prefix: PrefixText): Decision | undefined {
    return this.#host.decision(toPrefix(prefix, 'decision'));
  }

  explainImport(peer: string, prefix: PrefixText): readonly ExplainedImport[] {
    return this.#host.explainImport(peer, toPrefix(prefix, 'explainImport'));
  }

  explainExport(peer: string, prefix: PrefixText): ExportOutcome | undefined {
    return this.#host.explainExport(peer, toPrefix(prefix, 'explainExport'));
  }

  explainExportPolicy(peer: string, prefix: PrefixText): ExplainedExport | undefined {
    return this.#host.explainExportPolicy(peer, toPrefix(prefix, 'explainExportPolicy'));
  }

  removePeer: SpeakerHost['removePeer'] = (id, options) => this.#host.removePeer(id, options);
  removeRange: SpeakerHost['removeRange'] = (id, options) => this.#host.removeRange(id, options);
  setExportPolicy: SpeakerHost['setExportPolicy'] = (id, policy) => this.#host.setExportPolicy(id, policy);
  setImportPolicy: SpeakerHost['setImportPolicy'] = (id, policy) => this.#host.setImportPolicy(id, policy);
  validationChanged: SpeakerHost['validationChanged'] = () => this.#host.validationChanged();
  requestRefresh: SpeakerHost['requestRefresh'] = (id, family) => this.#host.requestRefresh(id, family);
  stopPeer: SpeakerHost['stopPeer'] = (id, options) => this.#host.stopPeer(id, options);
  startPeer: SpeakerHost['startPeer'] = (id) => this.#host.startPeer(id);
  resetPeer: SpeakerHost['resetPeer'] = (id, options) => this.#host.resetPeer(id, options);
  bestRoutes: SpeakerHost['bestRoutes'] = () => this.#host.bestRoutes();
  neighbors: SpeakerHost['neighbors'] = () => this.#host.neighbors();
  sessionPhase: SpeakerHost['sessionPhase'] = (id) => this.#host.sessionPhase(id);
  adjRibIn: SpeakerHost['adjRibIn'] = (id) => this.#host.adjRibIn(id);
  adjRibOut: SpeakerHost['adjRibOut'] = (id) => this.#host.adjRibOut(id);
  stop: SpeakerHost['stop'] = (options: StopOptions = {}) => this.#host.stop(options);
}

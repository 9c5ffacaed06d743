/**
 * Reads a whole MRT stream: bytes in, routes and state changes out, whatever is damaged reported and skipped.
 *
 * Pure: the bytes come from a file, standard input or a test. A reader is for one stream: the index table of peers that a dump
 * begins with holds until the next one.
 */
import { readBgp4mp } from './bgp4mp.ts';
import { type MrtFault, MrtFramer, type MrtRecord } from './framer.ts';
import { bgp4mpKinds, foreignTypes, mrtType, peerIndexTable, ribKinds } from './numbers.ts';
import { type PeerView, type RouteFilter, type RouteSink, RouteView } from './route.ts';
import { readTableDump } from './table-dump.ts';
import { readPeers, readRib, type Shown } from './table-dump-v2.ts';

export interface MrtReaderOptions {
  readonly sink: RouteSink;
  readonly filter?: RouteFilter;
  /** Called for each record, or entry of one, that is damaged; the rest is read. */
  readonly fault: (fault: MrtFault) => void;
}

export class MrtReader {
  readonly #framer: MrtFramer;
  readonly #shown: Shown;
  #peers: readonly PeerView[] | undefined;
  /** Of each peer: whether the filter wants it. */
  #wanted: readonly boolean[] = [];
  readonly #leftOut = new Map<string, number>();

  constructor({ sink, filter, fault }: MrtReaderOptions) {
    this.#framer = new MrtFramer({ record: (record) => this.#record(record), fault });
    const report = ({ offset }: MrtRecord, what: string): void => fault({ offset, what });
    this.#shown = { view: new RouteView(), sink, filter, report };
  }

  /** Takes the next bytes of the stream; shows what they end. */
  push(chunk: Uint8Array): void {
    this.#framer.push(chunk);
  }

  end(): void {
    this.#framer.end();
  }

  /** Records that are in order and hold nothing that is shown, by their kind: `OSPFv2`, `TABLE_DUMP_V2 subtype 6`. */
  get leftOut(): ReadonlyMap<string, number> {
    return this.#leftOut;
  }

  #record(record: MrtRecord): void {
    const what = this.#read(record);
    if (what !== undefined) this.#shown.report(record, what);
  }

  /** Shows what the record holds; answers what is wrong with it. */
  #read(record: MrtRecord): string | undefined {
    const { type, subtype } = record;
    switch (type) {
      case mrtType.tableDumpV2: {
        if (subtype === peerIndexTable) return this.#index(record);
        const kind = ribKinds[subtype];
        if (kind === undefined) return this.#leaveOut(`TABLE_DUMP_V2 subtype ${subtype}`);
        if (this.#peers === undefined) return 'routes without a peer index table before them (RFC 6396 §4.3.1)';
        return readRib(record, kind, this.#peers, this.#wanted, this.#shown);
      }
      case mrtType.bgp4mp:
      case mrtType.bgp4mpEt: {
        const kind = bgp4mpKinds[subtype];
        return kind === undefined ? this.#leaveOut(`BGP4MP subtype ${subtype}`) : readBgp4mp(record, kind, this.#shown);
      }
      case mrtType.tableDump:
        return subtype === 1 || subtype === 2
          ? readTableDump(record, this.#shown)
          : this.#leaveOut(`TABLE_DUMP subtype ${subtype}`);
      default:
        return this.#leaveOut(foreignTypes.get(type) ?? `type ${type}`);
    }
  }

  #index(record: MrtRecord): string | undefined {
    const peers = readPeers(record);
    // The peers of a table before it are others: better no routes than routes of the wrong peer.
    this.#peers = typeof peers === 'string' ? undefined : peers;
    this.#wanted = this.#peers?.map((peer) => this.#shown.filter?.peer(peer) ?? true) ?? [];
    return typeof peers === 'string' ? peers : undefined;
  }

  #leaveOut(what: string): undefined {
    this.#leftOut.set(what, (this.#leftOut.get(what) ?? 0) + 1);
  }
}

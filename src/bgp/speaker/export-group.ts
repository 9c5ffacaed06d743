/**
 * Peers that are told the same: one run of export and one encoding of the attributes serve all of them.
 *
 * Why: a router with many peers has few kinds of them. What leaves depends on the policy, on options, and on what the session
 * negotiated; peers that agree in all of these form a group. Who has sent a route is all that still differs between them.
 * What came of a path lives as long as the path: tables hold it, the group only remembers.
 */
import type { Address } from '../../ip/address.ts';
import type { AddressFamily, CodecContext, PathAttributes } from '../message/types.ts';
import { type EncodedPath, encodePath } from '../message/update-encode.ts';
import type { OutPath } from '../rib/adj-rib-out.ts';
import type { PrefixTable } from '../rib/prefix-table.ts';
import { type Path, type Route, routeTo } from '../rib/types.ts';
import type { Negotiated } from '../session/types.ts';
import { type AskedExport, askExport, type ExportContext, finishExport } from './export.ts';
import type { Peer } from './peer.ts';

/** What the peers of a group are told of some prefixes, with its bytes once somebody was. */
export class GroupPath implements OutPath {
  readonly nextHop: Address;
  readonly attributes: PathAttributes;
  #encoded: { readonly path: EncodedPath | undefined; readonly key: string } | undefined;

  constructor({ nextHop, attributes }: OutPath) {
    this.nextHop = nextHop;
    this.attributes = attributes;
  }

  /** The bytes, and a text that is equal for equal ones: paths that differ in nothing else go out together. */
  encoded(family: AddressFamily, codec: CodecContext) {
    this.#encoded ??= encode(this, family, codec);
    return this.#encoded;
  }
}

function encode({ nextHop, attributes }: OutPath, family: AddressFamily, codec: CodecContext) {
  const path = encodePath({ family, nextHop }, attributes, codec);
  const key = path && `${latin1(path.multiprotocol)} ${latin1(path.attributes)}`;
  return { path, key: `${family} ${key}` };
}

function latin1(bytes: Uint8Array = new Uint8Array(0)): string {
  return `${bytes.length} ${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')}`;
}

/** What a path became; where the policy looks at prefixes, by what of it matched. */
type Known = Outcome | Map<string, Outcome>;
type Outcome = GroupPath | typeof untold;
const untold = 'untold';

export class ExportGroup {
  readonly codec: CodecContext;
  readonly #context: ExportContext;
  readonly #table: PrefixTable;
  readonly #known = new WeakMap<Path, Known>();

  constructor(context: ExportContext, codec: CodecContext, table: PrefixTable) {
    this.#context = context;
    this.codec = codec;
    this.#table = table;
  }

  /** What a peer of the group is told of a path that another peer has sent; `undefined`: nothing. */
  export(id: number, path: Path): GroupPath | undefined {
    const outcome = this.#context.policy?.looksAtPrefix ? this.#byPrefix(id, path) : this.#once(id, path);
    return outcome === untold ? undefined : outcome;
  }

  #once(id: number, path: Path): Outcome {
    const known = this.#known.get(path);
    if (known !== undefined && !(known instanceof Map)) return known;
    const route = routeTo(this.#table.prefix(id), path);
    const outcome = this.#finish(route, askExport(route, this.#context));
    this.#known.set(path, outcome);
    return outcome;
  }

  #byPrefix(id: number, path: Path): Outcome {
    const known = this.#known.get(path);
    const outcomes = known instanceof Map ? known : new Map<string, Outcome>();
    if (outcomes !== known) this.#known.set(path, outcomes);
    const route = routeTo(this.#table.prefix(id), path);
    const asked = askExport(route, this.#context);
    const key = 'barred' in asked ? 'barred' : `${asked.result?.places.join()}`;
    const before = outcomes.get(key);
    if (before !== undefined) return before;
    const outcome = this.#finish(route, asked);
    outcomes.set(key, outcome);
    return outcome;
  }

  #finish(route: Route, asked: AskedExport): Outcome {
    const outcome = 'barred' in asked ? undefined : finishExport(route, asked, this.#context);
    return outcome?.verdict === 'announce' ? new GroupPath(outcome.path) : untold;
  }
}

/** The groups that have peers. */
export class ExportGroups {
  readonly #table: PrefixTable;
  readonly #groups = new Map<string, { readonly group: ExportGroup; readonly members: Set<Peer> }>();

  constructor(table: PrefixTable) {
    this.#table = table;
  }

  /** The group of a peer, by its policy of now and what its session negotiated. */
  join(peer: Peer, negotiated: Negotiated): ExportGroup {
    this.leave(peer);
    const { codec } = negotiated;
    const { id: _, ...others } = peer.config;
    const context: ExportContext = { ...peer.exportContext(negotiated), peer: others };
    const key = groupKey(peer, context, codec);
    let entry = this.#groups.get(key);
    if (entry === undefined) {
      entry = { group: new ExportGroup(context, codec, this.#table), members: new Set() };
      this.#groups.set(key, entry);
    }
    entry.members.add(peer);
    return entry.group;
  }

  leave(peer: Peer): void {
    for (const [key, { members }] of this.#groups) {
      if (members.delete(peer) && members.size === 0) this.#groups.delete(key);
    }
  }

  /** What policies say may be something else now. */
  clear(): void {
    this.#groups.clear();
  }
}

/** All that `exportRoute` and the encoder look at, but the peer's name. */
function groupKey(
  peer: Peer,
  { peer: config, policy: _, validation: __, ...context }: ExportContext,
  codec: CodecContext,
) {
  const { nextHops, role, localAs, removePrivateAs, nextHop, routeServerClient, reflectorClient, peerAsn } = config;
  const options = { nextHops, role, localAs, removePrivateAs, nextHop, routeServerClient, reflectorClient };
  const { fourOctetAsn, addPath, extendedMessages, families } = codec;
  // Which private ASNs go depends on the peer's own; else it matters only whether the peer is one of us.
  const asn = removePrivateAs === undefined ? peer.external : peerAsn;
  const written = peer.exportPolicy?.written;
  return JSON.stringify([written, asn, options, context, fourOctetAsn, addPath?.send, extendedMessages, families]);
}

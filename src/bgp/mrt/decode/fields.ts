/**
 * The path attributes of one route as places in the record's bytes, and numbers: filled again and again, never allocated.
 *
 * Why not the message codec: it judges what a peer sends to us (RFC 7606) and makes values of it. A dump of a million routes is
 * history to be shown as it is, at the speed of the disk. Only what cannot be read is a fault.
 * Layout (RFC 4271 §4.3): [flags u8][type u8][length u8, or u16 with Extended Length][value] …
 */
import { u16, u32 } from './framer.ts';
import { checkNlri } from './nlri.ts';

export interface FieldsShape {
  /** Of AS_PATH and AGGREGATOR: 4 in TABLE_DUMP_V2 always (RFC 6396 §4.3.4), else by the record's subtype. */
  readonly asnBytes: 2 | 4;
  readonly addPath: boolean;
  /** Of a RIB entry: MP_REACH_NLRI may be its next hop alone, and its prefixes mean nothing (RFC 6396 §4.3.4). */
  readonly rib: boolean;
}

const code = {
  origin: 1,
  asPath: 2,
  nextHop: 3,
  multiExitDiscriminator: 4,
  localPreference: 5,
  atomicAggregate: 6,
  aggregator: 7,
  communities: 8,
  mpReach: 14,
  mpUnreach: 15,
  as4Path: 17,
  as4Aggregator: 18,
  largeCommunities: 32,
} as const;

/** Attributes whose value has one length: anything else cannot be read (RFC 4271 §4.3). */
const fixedLength: Readonly<Record<number, number>> = {
  [code.origin]: 1,
  [code.nextHop]: 4,
  [code.multiExitDiscriminator]: 4,
  [code.localPreference]: 4,
};

/** A place of -1 is an absent attribute. */
export class AttributeFields {
  /** Of the attributes as a whole. */
  at = 0;
  end = 0;
  asnBytes: 2 | 4 = 4;
  originCode = -1;
  nextHopAt = -1;
  multiExitDiscriminator = 0;
  localPreference = 0;
  atomicAggregate = false;
  aggregatorAt = -1;
  /** Of the AS number in AGGREGATOR: as `asnBytes`, but where OpenBGPD wrote 4 octets into a dump of 2. */
  aggregatorAsnBytes: 2 | 4 = 4;
  as4AggregatorAt = -1;
  asPathAt = -1;
  asPathEnd = -1;
  as4PathAt = -1;
  as4PathEnd = -1;
  communitiesAt = -1;
  communitiesEnd = -1;
  /** MP_REACH_NLRI, where its family is IPv4 or IPv6 and its SAFI unicast, multicast or both (3, of RFC 2858). */
  reachFamily: 0 | 4 | 6 = 0;
  reachSafi = 0;
  reachNextHopAt = -1;
  reachNextHopFamily: 4 | 6 = 4;
  reachAt = -1;
  reachEnd = -1;
  unreachFamily: 0 | 4 | 6 = 0;
  unreachSafi = 0;
  unreachAt = -1;
  unreachEnd = -1;
  /** Bit n: the attribute of type n was there. */
  #seen = 0;

  #clear(): void {
    this.originCode = -1;
    this.nextHopAt = -1;
    this.multiExitDiscriminator = 0;
    this.localPreference = 0;
    this.atomicAggregate = false;
    this.aggregatorAt = -1;
    this.as4AggregatorAt = -1;
    this.asPathAt = -1;
    this.as4PathAt = -1;
    this.communitiesAt = -1;
    this.reachFamily = 0;
    this.reachNextHopAt = -1;
    this.unreachFamily = 0;
    this.#seen = 0;
  }

  /** Reads the attributes in `[at, end)`; answers what cannot be read, `undefined` where all can. */
  read(bytes: Uint8Array, at: number, end: number, shape: FieldsShape): string | undefined {
    this.#clear();
    this.at = at;
    this.end = end;
    this.asnBytes = shape.asnBytes;
    let next = at;
    while (next < end) {
      const extended = ((bytes[next] as number) & 0x10) !== 0;
      const start = next + (extended ? 4 : 3);
      if (start > end) return 'the path attributes are cut short';
      const type = bytes[next + 1] as number;
      next = start + (extended ? u16(bytes, next + 2) : (bytes[next + 2] as number));
      if (next > end) return `attribute ${type} is longer than the path attributes`;
      if (type < 32) {
        if ((this.#seen & (1 << type)) !== 0) {
          // RFC 7606 §3(g): the first one counts; of the multiprotocol ones there is no telling.
          if (type === code.mpReach || type === code.mpUnreach) return `attribute ${type} stands there twice`;
          continue;
        }
        this.#seen |= 1 << type;
      }
      const fault = this.#one(bytes, type, start, next, shape);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #one(bytes: Uint8Array, type: number, at: number, end: number, shape: FieldsShape): string | undefined {
    const length = end - at;
    const fixed = type < 19 ? fixedLength[type] : undefined;
    if (fixed !== undefined && length !== fixed) return `attribute ${type} has ${length} bytes instead of ${fixed}`;
    switch (type) {
      case code.origin:
        this.originCode = bytes[at] as number;
        return undefined;
      case code.asPath:
        this.asPathAt = at;
        this.asPathEnd = end;
        return checkPath(bytes, at, end, shape.asnBytes);
      case code.nextHop:
        this.nextHopAt = at;
        return undefined;
      case code.multiExitDiscriminator:
        this.multiExitDiscriminator = u32(bytes, at);
        return undefined;
      case code.localPreference:
        this.localPreference = u32(bytes, at);
        return undefined;
      case code.atomicAggregate:
        this.atomicAggregate = true;
        return undefined;
      case code.aggregator:
        this.aggregatorAt = at;
        this.aggregatorAsnBytes = length === 8 ? 4 : 2;
        // OpenBGPD's TABLE_DUMP has AS numbers of 2 octets in AS_PATH and of 4 in AGGREGATOR.
        return length === 8 || length === shape.asnBytes + 4 ? undefined : `AGGREGATOR has ${length} bytes`;
      case code.communities:
        this.communitiesAt = at;
        this.communitiesEnd = end;
        return length % 4 === 0 ? undefined : `COMMUNITIES has ${length} bytes`;
      case code.mpReach:
        return this.#reach(bytes, at, end, shape);
      case code.mpUnreach:
        return this.#unreach(bytes, at, end, shape);
      case code.as4Path:
        if (shape.asnBytes === 4) return undefined; // RFC 6793 §4.1: means nothing there
        this.as4PathAt = at;
        this.as4PathEnd = end;
        return checkPath(bytes, at, end, 4);
      case code.as4Aggregator:
        if (shape.asnBytes === 4) return undefined;
        this.as4AggregatorAt = at;
        return length === 8 ? undefined : `AS4_AGGREGATOR has ${length} bytes`;
      case code.largeCommunities:
        return length % 12 === 0 ? undefined : `LARGE_COMMUNITY has ${length} bytes`;
      default:
        return undefined;
    }
  }

  /**
   * Whether AS4_PATH is older than AS_PATH and counts for nothing (RFC 6793 §4.2.3): AGGREGATOR is not AS_TRANS though there is
   * an AS4_AGGREGATOR, or AS4_PATH is the longer one. A set counts as one.
   */
  as4IsStale(bytes: Uint8Array): boolean {
    if (this.aggregatorAt >= 0 && this.as4AggregatorAt >= 0 && u16(bytes, this.aggregatorAt) !== 23456) return true;
    return this.as4Missing(bytes) < 0;
  }

  /** How many ASes AS_PATH has more than AS4_PATH. */
  as4Missing(bytes: Uint8Array): number {
    return (
      countAsns(bytes, this.asPathAt, this.asPathEnd, this.asnBytes) -
      countAsns(bytes, this.as4PathAt, this.as4PathEnd, 4)
    );
  }

  /** Layout (RFC 4760 §3): [AFI u16][SAFI u8][length u8][next hop][reserved u8][NLRI …]; in a RIB also [length u8][next hop]. */
  #reach(bytes: Uint8Array, at: number, end: number, shape: FieldsShape): string | undefined {
    if (shape.rib && end > at && bytes[at] !== 0) return this.#nextHop(bytes, at, end, 4);
    if (end - at < 5) return 'MP_REACH_NLRI is cut short';
    const family = familyOf(u16(bytes, at));
    const safi = bytes[at + 2] as number;
    if (family === 0 || !isShown(safi)) return undefined;
    const fault = this.#nextHop(bytes, at + 3, end, family);
    if (fault !== undefined) return fault;
    this.reachFamily = family;
    this.reachSafi = safi;
    this.reachAt = at + 5 + (bytes[at + 3] as number);
    this.reachEnd = end;
    if (this.reachAt > end) return 'MP_REACH_NLRI is cut short';
    return shape.rib ? undefined : checkNlri(bytes, { at: this.reachAt, end }, { family, addPath: shape.addPath });
  }

  /** 4 bytes, or 16, or 16 and a link-local address behind them (RFC 2545 §3); IPv6 next hops of IPv4, too (RFC 8950 §3). */
  #nextHop(bytes: Uint8Array, at: number, end: number, family: 4 | 6): string | undefined {
    const length = bytes[at] as number;
    if (length !== 16 && length !== 32 && !(length === 4 && family === 4)) return `a next hop of ${length} bytes`;
    if (at + 1 + length > end) return 'MP_REACH_NLRI is cut short';
    this.reachNextHopAt = at + 1;
    this.reachNextHopFamily = length === 4 ? 4 : 6;
    return undefined;
  }

  /** Layout (RFC 4760 §4): [AFI u16][SAFI u8][withdrawn …] */
  #unreach(bytes: Uint8Array, at: number, end: number, shape: FieldsShape): string | undefined {
    if (end - at < 3) return 'MP_UNREACH_NLRI is cut short';
    const family = familyOf(u16(bytes, at));
    const safi = bytes[at + 2] as number;
    if (family === 0 || !isShown(safi) || shape.rib) return undefined;
    this.unreachFamily = family;
    this.unreachSafi = safi;
    this.unreachAt = at + 3;
    this.unreachEnd = end;
    return checkNlri(bytes, { at: at + 3, end }, { family, addPath: shape.addPath });
  }
}

function familyOf(afi: number): 0 | 4 | 6 {
  return afi === 1 ? 4 : afi === 2 ? 6 : 0;
}

/** Unicast, multicast, and both at once (RFC 2858, since taken back). */
function isShown(safi: number): boolean {
  return safi >= 1 && safi <= 3;
}

/** A set counts as one AS (RFC 4271 §9.1.2.2). */
function countAsns(bytes: Uint8Array, from: number, end: number, asnBytes: number): number {
  let count = 0;
  for (let at = from; at < end; ) {
    const [kind, length] = [bytes[at], bytes[at + 1] as number];
    count += kind === 1 || kind === 4 ? 1 : length;
    at += 2 + length * asnBytes;
  }
  return count;
}

/** Segments: AS_SET 1, AS_SEQUENCE 2, AS_CONFED_SEQUENCE 3, AS_CONFED_SET 4 (RFC 4271 §4.3, RFC 5065 §3). */
function checkPath(bytes: Uint8Array, at: number, end: number, asnBytes: 2 | 4): string | undefined {
  let next = at;
  while (next < end) {
    const kind = bytes[next] as number;
    if (kind < 1 || kind > 4) return `an AS path segment of kind ${kind}`;
    if (next + 2 > end) return 'an AS path is cut short';
    next += 2 + (bytes[next + 1] as number) * asnBytes;
  }
  return next === end ? undefined : 'an AS path is cut short';
}

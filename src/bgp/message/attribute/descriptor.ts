/**
 * What one path attribute tells the generic driver: its number, flags, lengths, what a malformed one costs, and its two halves.
 *
 * Why: flags, lengths, duplicates and outcomes are the same work for every attribute; a descriptor says only what differs.
 * The driver is `decode.ts` and `encode.ts`; `table.ts` lists the descriptors.
 */
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { Address } from '../../../ip/address.ts';
import type { NextHops } from '../family/next-hop.ts';
import type {
  AddressFamily,
  AsPathSegment,
  CodecContext,
  ErrorOutcome,
  Nlri,
  PathAttributes,
  Withdrawn,
} from '../types.ts';

/** Attribute flags (RFC 4271 §4.3). The low four bits mean nothing. */
export const flag = { optional: 0x80, transitive: 0x40, partial: 0x20, extendedLength: 0x10 } as const;

export const wellKnown = flag.transitive;
export const optionalTransitive = flag.optional | flag.transitive;
export const optionalNonTransitive = flag.optional;

/** All attributes as they stand on the wire: `PathAttributes`, and those that the codec folds into other fields. */
export interface WireAttributes extends Omit<PathAttributes, 'unknown' | 'partial'> {
  readonly nextHop?: Address;
  readonly mpReach?: MpReach;
  readonly mpUnreach?: Withdrawn;
  readonly as4Path?: readonly AsPathSegment[];
  readonly as4Aggregator?: NonNullable<PathAttributes['aggregator']>;
}

export interface MpReach extends NextHops {
  readonly family: AddressFamily;
  readonly prefixes: readonly Nlri[];
}

export interface LengthRule {
  fits(length: number, context: CodecContext): boolean;
  /** Completes "it has …". */
  text(context: CodecContext): string;
}

interface Common<K extends keyof WireAttributes> {
  readonly type: number;
  /** As the RFCs write it. */
  readonly name: string;
  readonly key: K;
  /** The Optional and Transitive bits that it must have. */
  readonly flags: number;
  readonly length: LengthRule;
  /** What a malformed one costs: a wrong length or a wrong value. Wrong flags: treat-as-withdraw (RFC 7606 §3(c)). */
  readonly malformed: ErrorOutcome;
  /** The subcode of UPDATE Message Error for a wrong value (RFC 4271 §6.3). */
  readonly valueSubcode: number;
  /** The rule that decides `malformed`. */
  readonly rfc: string;
  /** Where it may stand at all; elsewhere it is discarded unread, and never sent. */
  readonly only?: { where(context: CodecContext): boolean; readonly what: string; readonly rfc: string };
  /** Reads a value whose length fits, to the reader's end; throws `AttributeFault` or `BytesError`. */
  decode(reader: ByteReader, context: CodecContext): NonNullable<WireAttributes[K]>;
  /** Writes the value; nothing where there is nothing to say, which leaves out the attribute. */
  encode(value: NonNullable<WireAttributes[K]>, writer: ByteWriter, context: CodecContext): void;
}

/** What an attribute needs that reaches the tables with a field of its own. */
interface OwnField<K extends keyof WireAttributes> {
  /** The value for people and scripts: addresses and communities as text. */
  json(value: NonNullable<WireAttributes[K]>): unknown;
  /** Whether a peer would hear no difference; asked only where the two are not identical. */
  same(a: WireAttributes[K], b: WireAttributes[K]): boolean;
}

/** One that the codec makes part of others. */
interface Folded {
  readonly json?: undefined;
  readonly same?: undefined;
}

/** One of `json` and `same` without the other does not compile. */
export type AttributeDescriptor<K extends keyof WireAttributes = keyof WireAttributes> = Common<K> &
  (OwnField<K> | Folded);

/** For values that are shown as they are. */
export function asItIs(value: unknown): unknown {
  return value;
}

/** Thrown by a descriptor's `decode`; the driver adds the attribute's name, code and outcome. */
export class AttributeFault extends Error {
  readonly offset: number;
  /** Inside the attribute: `segments[1].asns[0]`. */
  readonly field: string;
  /** Instead of the descriptor's. */
  readonly outcome: ErrorOutcome | undefined;
  readonly rfc: string | undefined;

  constructor(what: string, place: { offset: number; field: string; outcome?: ErrorOutcome; rfc?: string }) {
    super(what);
    this.name = 'AttributeFault';
    this.offset = place.offset;
    this.field = place.field;
    this.outcome = place.outcome;
    this.rfc = place.rfc;
  }
}

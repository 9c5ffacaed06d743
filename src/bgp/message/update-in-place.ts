/**
 * An UPDATE of the plain kind, its prefixes still bytes: for the speaker, which puts them into its tables from there.
 *
 * Why: a full table comes as hundreds of thousands of UPDATEs that announce some prefixes of one family with the same few
 * attributes again and again, or withdraw some. A value for each prefix and for each attribute would cost more than all that
 * the speaker does with them. Here the prefixes are only stepped over, and the attributes are a key: who has read those bytes
 * in this session before need not read them again.
 * How it stays safe: whatever is not plain, or has a fault anywhere, is left to `update-decode.ts`, which also reads each
 * new set of attributes; so there is one reader of attributes, and one place where RFC 7606 is decided.
 */
import type { Address } from '../../ip/address.ts';
import { addressBits } from '../../ip/prefix.ts';
import { flag } from './attribute/descriptor.ts';
import { mpReachNlri } from './attribute/mp-reach-nlri.ts';
import { mpUnreachNlri } from './attribute/mp-unreach-nlri.ts';
import { familyByNumbers, familyOf } from './family/table.ts';
import { headerLength } from './header.ts';
import { pathIdBytes, receivesPathIds } from './nlri.ts';
import type { AddressFamily, CodecContext, PathAttributes } from './types.ts';
import { decodeUpdate } from './update-decode.ts';

export interface UpdateInPlace {
  readonly type: 'update';
  readonly inPlace: true;
  readonly family: AddressFamily;
  /** The whole message; `start` to `end` are its prefixes, which can all be stepped over. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly pathIds: boolean;
  /** Equal for equal attributes and next hops within one session. Absent: the prefixes are withdrawn. */
  readonly key?: string;
}

/** What the announced prefixes of one message share. */
export interface Announced {
  readonly family: AddressFamily;
  readonly nextHop: Address;
  readonly attributes: PathAttributes;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const updateType = 2;
/** What a key begins with where the prefixes stand in MP_REACH_NLRI. No block of attributes does: none has the flags 0. */
const multiprotocolKey = '\0';

/** A message as the framer hands it out; `undefined` where it is another kind of message, not plain, or has a fault. */
export function findUpdate(raw: Uint8Array, context: CodecContext): UpdateInPlace | undefined {
  if (raw[headerLength - 1] !== updateType) return undefined;
  const withdrawn = fieldAt(raw, headerLength);
  const attributes = withdrawn && fieldAt(raw, withdrawn.end);
  if (withdrawn === undefined || attributes === undefined) return undefined;
  const nlri: Span = { start: attributes.end, end: raw.length };
  if (!isEmpty(withdrawn)) {
    const alone = isEmpty(attributes) && isEmpty(nlri);
    return alone ? plain(raw, withdrawn, 'ipv4-unicast', context) : undefined;
  }
  if (isEmpty(nlri)) return multiprotocol(raw, attributes, context);
  return plain(raw, nlri, 'ipv4-unicast', context, text(raw, attributes));
}

/** Reads the attributes of what `findUpdate` found; `undefined` where anything is wrong with them, or not plain. */
export function readAnnounced(update: UpdateInPlace, context: CodecContext): Announced | undefined {
  const { bytes, start, pathIds, key } = update;
  // Prefixes of the base message end it, and one of them is enough to know what attributes they need.
  const inBase = key?.startsWith(multiprotocolKey) === false;
  const raw = inBase ? bytes.subarray(0, nlriEnd(bytes, start + (pathIds ? pathIdBytes : 0))) : bytes;
  try {
    const { withdrawn, reach, attributes, errors } = decodeUpdate(raw, context);
    const [only, ...others] = reach;
    if (errors.length > 0 || withdrawn.length > 0 || only === undefined || others.length > 0) return undefined;
    if (inBase && only.prefixes.length !== 1) return undefined; // there are others in MP_REACH_NLRI
    return { family: only.family, nextHop: only.nextHop, attributes };
  } catch {
    return undefined; // whatever it is, the careful reader will say it
  }
}

/** Calls `each` with where each prefix stands (its length first) until it answers false. */
export function forEachNlri(update: UpdateInPlace, each: (at: number, pathId: number | undefined) => boolean): void {
  const { bytes, end, pathIds } = update;
  for (let at = update.start; at < end; at = nlriEnd(bytes, at)) {
    let pathId: number | undefined;
    if (pathIds) {
      pathId = u16(bytes, at) * 0x1_0000 + u16(bytes, at + 2);
      at += pathIdBytes;
    }
    if (!each(at, pathId)) return;
  }
}

/** MP_UNREACH_NLRI alone, or MP_REACH_NLRI among other attributes. */
function multiprotocol(raw: Uint8Array, attributes: Span, context: CodecContext): UpdateInPlace | undefined {
  for (let at = attributes.start; at < attributes.end; ) {
    const extended = ((raw[at] as number) & flag.extendedLength) !== 0;
    const start = at + (extended ? 4 : 3);
    if (start > attributes.end) return undefined;
    const end = start + (extended ? u16(raw, at + 2) : (raw[at + 2] as number));
    if (end > attributes.end) return undefined;
    const type = raw[at + 1];
    if (type === mpReachNlri.type) return reach(raw, attributes, { at, start, end }, context);
    if (type === mpUnreachNlri.type) {
      const alone = at === attributes.start && end === attributes.end;
      return alone ? unreach(raw, { at, start, end }, context) : undefined;
    }
    at = end;
  }
  return undefined;
}

/** An attribute: where it begins, and where its value stands. */
interface Place extends Span {
  readonly at: number;
}

function unreach(raw: Uint8Array, { at, start, end }: Place, context: CodecContext): UpdateInPlace | undefined {
  const nlri: Span = { start: start + 3, end };
  const flags = (raw[at] as number) & (flag.optional | flag.transitive);
  // An empty one is an End-of-RIB (RFC 4724 §2).
  if (flags !== mpUnreachNlri.flags || nlri.start >= end) return undefined;
  const family = familyAt(raw, start);
  return family && plain(raw, nlri, family, context);
}

function reach(
  raw: Uint8Array,
  attributes: Span,
  { at, start, end }: Place,
  context: CodecContext,
): UpdateInPlace | undefined {
  if (end - start < 5) return undefined;
  const nlri: Span = { start: start + 5 + (raw[start + 3] as number), end };
  const family = familyAt(raw, start);
  if (family === undefined || nlri.start >= end) return undefined;
  // Everything but the prefixes and the attribute's length, which goes with them.
  const [before, head] = [at - attributes.start, nlri.start - start];
  const flags = (raw[at] as number) & ~flag.extendedLength;
  const parts = [
    { start: attributes.start, end: at },
    { start, end: nlri.start },
    { start: end, end: attributes.end },
  ];
  const key = `${multiprotocolKey}${family} ${before} ${head} ${flags} ${parts.map((part) => text(raw, part)).join('')}`;
  return plain(raw, nlri, family, context, key);
}

/** Prefixes that can all be stepped over, of a family that the session carries. */
function plain(
  bytes: Uint8Array,
  { start, end }: Span,
  family: AddressFamily,
  context: CodecContext,
  key?: string,
): UpdateInPlace | undefined {
  if (!context.families.includes(family)) return undefined;
  const { ipFamily } = familyOf(family);
  const pathIds = receivesPathIds(context, family);
  const [bits, before] = [addressBits(ipFamily), pathIds ? pathIdBytes : 0];
  let at = start;
  while (at < end) {
    at += before;
    if (at >= end || (bytes[at] as number) > bits) return undefined;
    at = nlriEnd(bytes, at);
  }
  if (at !== end) return undefined;
  const found = { type: 'update', inPlace: true, family, bytes, start, end, pathIds } as const;
  return key === undefined ? found : { ...found, key };
}

function nlriEnd(bytes: Uint8Array, at: number): number {
  return at + 1 + (((bytes[at] as number) + 7) >>> 3);
}

function familyAt(raw: Uint8Array, at: number): AddressFamily | undefined {
  return familyByNumbers({ afi: u16(raw, at), safi: raw[at + 2] as number })?.name;
}

/** The field that begins at `at` with its length; `undefined` where the message is too short for it. */
function fieldAt(raw: Uint8Array, at: number): Span | undefined {
  if (at + 2 > raw.length) return undefined;
  const end = at + 2 + u16(raw, at);
  return end > raw.length ? undefined : { start: at + 2, end };
}

function isEmpty({ start, end }: Span): boolean {
  return start === end;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** A character for each byte: the engine hashes and compares such a text as fast as bytes, with a seed of its own. */
function text(raw: Uint8Array, { start, end }: Span): string {
  const buffer = Buffer.isBuffer(raw) ? raw : Buffer.from(raw.buffer, raw.byteOffset, raw.length);
  return buffer.toString('latin1', start, end);
}

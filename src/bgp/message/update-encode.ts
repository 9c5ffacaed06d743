/**
 * Writes an UPDATE as as many messages as it takes.
 *
 * Why several: RFC 7606 §5.1 wants each message to hold one of base NLRI, base withdrawals, MP_REACH_NLRI and
 * MP_UNREACH_NLRI, and no message is longer than the session allows (RFC 4271 §4.1, RFC 8654). Withdrawals go first.
 * Why in two steps: the attributes are encoded once (`encodePath`) and stand in each message before as many prefixes as it holds,
 * which come from wherever they are kept (`NlriList`): values here, the columns of a table in the speaker.
 * A path that grows as it is passed on can outgrow a message, by a peer's doing and not by a bug: such prefixes are
 * withdrawn instead, so that the peer does not keep an older route, and named in the result. BIRD does the same.
 */
import { assert } from '../../base/assert.ts';
import { ByteWriter } from '../../base/bytes.ts';
import { withAs4 } from './attribute/as4-merge.ts';
import { AttributeTooLong, encodeAttributes, longestHead, putAttributeHead } from './attribute/encode.ts';
import { mpReachNlri } from './attribute/mp-reach-nlri.ts';
import { mpUnreachNlri } from './attribute/mp-unreach-nlri.ts';
import { families, familyOf } from './family/table.ts';
import { finishMessage, headerLength, longestMessage, writeHeader } from './header.ts';
import { type NlriList, nlriList, sendsPathIds } from './nlri.ts';
import type { AddressFamily, CodecContext, Nlri, PathAttributes, Reach, UpdateMessage, Withdrawn } from './types.ts';

export interface EncodedUpdate {
  readonly messages: readonly Uint8Array[];
  /** Announced prefixes whose attributes do not fit one message; `messages` withdraw them. */
  readonly tooLarge: readonly Withdrawn[];
}

/** Next hop and attributes as they go out, for any number of prefixes of one family. */
export interface EncodedPath {
  /** All attributes but MP_REACH_NLRI. */
  readonly attributes: Uint8Array;
  /** The value of MP_REACH_NLRI up to its prefixes; absent where the prefixes stand in the base message. */
  readonly multiprotocol?: Uint8Array;
}

export interface Announcements {
  readonly messages: readonly Uint8Array[];
  /** The places in the list of the prefixes that fit none. */
  readonly left: readonly number[];
}

/** Room behind the header and the two length fields. */
function roomOf(context: CodecContext): number {
  return longestMessage(context) - headerLength - 4;
}

/** What MP_UNREACH_NLRI holds before its prefixes: AFI and SAFI. */
const familyBytes = 3;
/** What stands around attributes and prefixes: header, the two lengths, the head of a multiprotocol attribute. */
const aroundParts = headerLength + 4 + longestHead + familyBytes;

/** Says all of `update`; no messages where it has nothing to say. Its `errors` are not sent. */
export function encodeUpdate(update: UpdateMessage, context: CodecContext): EncodedUpdate {
  const tooLarge: Withdrawn[] = [];
  const announcements: Uint8Array[] = [];
  for (const { prefixes, ...reach } of update.reach) {
    const path = encodePath(reach, update.attributes, context);
    assertFamily(prefixes, reach.family);
    const { messages, left } = announce(path, nlriList(prefixes, sendsPathIds(context, reach.family)), context);
    announcements.push(...messages);
    if (left.length > 0) {
      tooLarge.push({ family: reach.family, prefixes: left.map((index) => prefixes[index] as Nlri) });
    }
  }
  const all = [...update.withdrawn, ...tooLarge];
  const withdrawals = families.flatMap(({ name }) => {
    const prefixes = all.flatMap(({ family, prefixes }) => (family === name ? prefixes : []));
    assertFamily(prefixes, name);
    return withdraw(name, nlriList(prefixes, sendsPathIds(context, name)), context);
  });
  const marker = update.endOfRib === undefined ? [] : [endOfRib(update.endOfRib, context)];
  return { messages: [...withdrawals, ...announcements, ...marker], tooLarge };
}

/** Encodes what announced prefixes share; `undefined` where an attribute is longer than any message can say. */
export function encodePath(
  reach: Omit<Reach, 'prefixes'>,
  pathAttributes: PathAttributes,
  context: CodecContext,
): EncodedPath | undefined {
  const { unknown, partial, ...known } = pathAttributes;
  const { family, nextHop } = reach;
  assert(known.originCode !== undefined && known.asPath !== undefined, 'an announcement has ORIGIN and AS_PATH');
  // The base message's NEXT_HOP is 4 bytes: IPv4 over an IPv6 next hop takes the other way (RFC 8950 §3).
  const inBase = family === 'ipv4-unicast' && nextHop.family === 4;
  const wire = withAs4(inBase ? { ...known, nextHop } : known, context);
  try {
    const attributes = encodeAttributes({ wire, ...(unknown && { unknown }), ...(partial && { partial }) }, context);
    if (inBase) return { attributes };
    const multiprotocol = new ByteWriter(64);
    mpReachNlri.encode({ ...reach, prefixes: [] }, multiprotocol, context);
    return { attributes, multiprotocol: multiprotocol.finish() };
  } catch (error) {
    if (error instanceof AttributeTooLong) return undefined;
    throw error;
  }
}

/** The messages that announce `prefixes`. */
export function announce(path: EncodedPath | undefined, prefixes: NlriList, context: CodecContext): Announcements {
  if (path === undefined) return { messages: [], left: Array.from({ length: prefixes.count }, (_, index) => index) };
  const { attributes, multiprotocol } = path;
  if (multiprotocol === undefined) {
    return pack(prefixes, roomOf(context) - attributes.length, ({ bytes, writePrefixes }) =>
      message(
        attributes.length + bytes,
        (writer) => {
          writer.u16(0).u16(attributes.length).put(attributes);
          writePrefixes(writer);
        },
        context,
      ),
    );
  }
  const space = roomOf(context) - attributes.length - longestHead - multiprotocol.length;
  return pack(prefixes, space, ({ bytes, writePrefixes }) =>
    message(
      multiprotocol.length + attributes.length + bytes,
      (writer) => {
        writer.u16(0).lengthU16(() => {
          // First, so that a receiver finds the prefixes before anything malformed (RFC 7606 §5.1).
          putAttributeHead(mpReachNlri, multiprotocol.length + bytes, writer);
          writePrefixes(writer.put(multiprotocol));
          writer.put(attributes);
        });
      },
      context,
    ),
  );
}

/** The messages that withdraw `prefixes`. */
export function withdraw(family: AddressFamily, prefixes: NlriList, context: CodecContext): readonly Uint8Array[] {
  if (family === 'ipv4-unicast') {
    return pack(prefixes, roomOf(context), ({ bytes, writePrefixes }) =>
      message(bytes, (writer) => writer.lengthU16(() => writePrefixes(writer)).u16(0), context),
    ).messages;
  }
  const space = roomOf(context) - longestHead - familyBytes;
  return pack(prefixes, space, (chunk) => unreach(family, chunk, context)).messages;
}

/** RFC 4724 §2. */
function endOfRib(family: AddressFamily, context: CodecContext): Uint8Array {
  if (family === 'ipv4-unicast') return message(0, (writer) => writer.u16(0).u16(0), context);
  return unreach(family, { bytes: 0, writePrefixes: () => {} }, context);
}

function unreach(family: AddressFamily, { bytes, writePrefixes }: Chunk, context: CodecContext): Uint8Array {
  const { afi, safi } = familyOf(family);
  return message(
    bytes,
    (writer) => {
      writer.u16(0).lengthU16(() => {
        putAttributeHead(mpUnreachNlri, familyBytes + bytes, writer);
        writePrefixes(writer.u16(afi).u8(safi));
      });
    },
    context,
  );
}

/** `partBytes`: how long attributes and prefixes are. */
function message(partBytes: number, body: (writer: ByteWriter) => void, context: CodecContext): Uint8Array {
  const writer = writeHeader(new ByteWriter(aroundParts + partBytes), 'update');
  body(writer);
  assert(writer.length <= longestMessage(context), `an UPDATE came out ${writer.length} bytes long`);
  return finishMessage(writer);
}

/** Prefixes that fit one message. */
interface Chunk {
  readonly bytes: number;
  readonly writePrefixes: (writer: ByteWriter) => void;
}

/** Fills messages with at most `space` bytes of prefixes each, in order. */
function pack(prefixes: NlriList, space: number, build: (chunk: Chunk) => Uint8Array): Announcements {
  const messages: Uint8Array[] = [];
  const left: number[] = [];
  let [start, bytes] = [0, 0];
  const finish = (end: number): void => {
    if (end > start) {
      const from = start;
      const writePrefixes = (writer: ByteWriter): void => {
        for (let index = from; index < end; index++) prefixes.write(index, writer);
      };
      messages.push(build({ bytes, writePrefixes }));
    }
    [start, bytes] = [end, 0];
  };
  for (let index = 0; index < prefixes.count; index++) {
    const length = prefixes.bytesOf(index);
    if (bytes + length > space) finish(index);
    if (length > space) {
      left.push(index);
      start = index + 1;
    } else {
      bytes += length;
    }
  }
  finish(prefixes.count);
  return { messages, left };
}

function assertFamily(prefixes: readonly Nlri[], family: AddressFamily): void {
  const { ipFamily } = familyOf(family);
  assert(
    prefixes.every((prefix) => prefix.family === ipFamily),
    `${family} comes with prefixes of another family`,
  );
}

/**
 * Writes an UPDATE value as as many messages as it takes.
 *
 * Why several: RFC 7606 §5.1 wants each message to hold one of base NLRI, base withdrawals, MP_REACH_NLRI and
 * MP_UNREACH_NLRI, and no message is longer than the session allows (RFC 4271 §4.1, RFC 8654). Withdrawals go first.
 * A path that grows as it is passed on can outgrow a message, by a peer's doing and not by a bug: such prefixes are
 * withdrawn instead, so that the peer does not keep an older route, and named in the result. BIRD does the same.
 */
import { assert } from '../../base/assert.ts';
import { ByteWriter } from '../../base/bytes.ts';
import { withAs4 } from './attribute/as4-merge.ts';
import type { WireAttributes } from './attribute/descriptor.ts';
import { AttributeTooLong, encodeAttributes } from './attribute/encode.ts';
import { familyOf, unicastFamily } from './family/table.ts';
import { finishMessage, headerLength, longestMessage, maximumMessageLength, writeHeader } from './header.ts';
import { encodeNlri, nlriLength, sendsPathIds } from './nlri.ts';
import type { AddressFamily, CodecContext, Nlri, PathAttributes, Reach, UpdateMessage } from './types.ts';

export interface EncodedUpdate {
  readonly messages: readonly Uint8Array[];
  /** Announced prefixes whose attributes do not fit one message; `messages` withdraw them. */
  readonly tooLarge: readonly Nlri[];
}

/** Room behind the header and the two length fields. */
function roomOf(context: CodecContext): number {
  return longestMessage(context) - headerLength - 4;
}

/** Of MP_UNREACH_NLRI: flags, type, extended length, AFI, SAFI. */
const unreachOverhead = 4 + 3;

/** Says all of `update`; no messages where it has nothing to say. Its `errors` are not sent. */
export function encodeUpdate(update: UpdateMessage, context: CodecContext): EncodedUpdate {
  const tooLarge: Nlri[] = [];
  const announcements: Uint8Array[] = [];
  for (const reach of update.reach) {
    const { messages, left } = encodeReach(reach, update.attributes, context);
    announcements.push(...messages);
    tooLarge.push(...left);
  }
  const withdrawals = encodeWithdrawn([...update.withdrawn, ...tooLarge], context);
  const marker = update.endOfRib === undefined ? [] : [encodeEndOfRib(update.endOfRib, context)];
  return { messages: [...withdrawals, ...announcements, ...marker], tooLarge };
}

interface EncodedReach {
  readonly messages: Uint8Array[];
  readonly left: readonly Nlri[];
}

function encodeReach(reach: Reach, attributes: PathAttributes, context: CodecContext): EncodedReach {
  try {
    return encodeFitting(reach, attributes, context);
  } catch (error) {
    if (error instanceof AttributeTooLong) return { messages: [], left: reach.prefixes };
    throw error;
  }
}

function encodeFitting(reach: Reach, attributes: PathAttributes, context: CodecContext): EncodedReach {
  const { family, prefixes, nextHop, ...rest } = reach;
  const { unknown, partial, ...known } = attributes;
  assert(known.originCode !== undefined && known.asPath !== undefined, 'an announcement has ORIGIN and AS_PATH');
  assertFamily(prefixes, family);
  function block(wire: WireAttributes): Uint8Array {
    const all = withAs4({ ...known, ...wire }, context);
    return encodeAttributes({ wire: all, ...(unknown && { unknown }), ...(partial && { partial }) }, context);
  }
  const [room, pathIds] = [roomOf(context), sendsPathIds(context, family)];
  // The base message's NEXT_HOP is 4 bytes: IPv4 over an IPv6 next hop takes the other way (RFC 8950 §3).
  if (family === 'ipv4-unicast' && nextHop.family === 4) {
    const shared = block({ nextHop });
    const { chunks, left } = split(prefixes, room - shared.length, pathIds);
    return { messages: chunks.map((chunk) => updateMessage({ attributes: shared, nlri: chunk }, context)), left };
  }
  function multiprotocolBlock(chunk: readonly Nlri[]): Uint8Array {
    return block({ mpReach: { family, nextHop, ...rest, prefixes: chunk } });
  }
  const space = room - multiprotocolBlock([]).length - 1; // a filled attribute has a length of two bytes
  const { chunks, left } = split(prefixes, space, pathIds);
  return { messages: chunks.map((chunk) => updateMessage({ attributes: multiprotocolBlock(chunk) }, context)), left };
}

function encodeWithdrawn(prefixes: readonly Nlri[], context: CodecContext): Uint8Array[] {
  const ipv4 = prefixes.filter((prefix) => prefix.family === 4);
  const ipv6 = prefixes.filter((prefix) => prefix.family === 6);
  const family = unicastFamily(6);
  const room = roomOf(context);
  const [pathIds4, pathIds6] = [sendsPathIds(context, unicastFamily(4)), sendsPathIds(context, family)];
  return [
    ...split(ipv4, room, pathIds4).chunks.map((withdrawn) => updateMessage({ withdrawn }, context)),
    ...split(ipv6, room - unreachOverhead, pathIds6).chunks.map((chunk) => unreachMessage(family, chunk, context)),
  ];
}

/** RFC 4724 §2. */
function encodeEndOfRib(family: AddressFamily, context: CodecContext): Uint8Array {
  return family === 'ipv4-unicast' ? updateMessage({}, context) : unreachMessage(family, [], context);
}

function unreachMessage(family: AddressFamily, prefixes: readonly Nlri[], context: CodecContext): Uint8Array {
  return updateMessage(
    { attributes: encodeAttributes({ wire: { mpUnreach: { family, prefixes } } }, context) },
    context,
  );
}

interface UpdateParts {
  readonly withdrawn?: readonly Nlri[];
  readonly attributes?: Uint8Array;
  readonly nlri?: readonly Nlri[];
}

function updateMessage(parts: UpdateParts, context: CodecContext): Uint8Array {
  const { withdrawn = [], attributes = new Uint8Array(0), nlri = [] } = parts;
  const pathIds = sendsPathIds(context, 'ipv4-unicast');
  const writer = writeHeader(new ByteWriter(maximumMessageLength), 'update');
  writer.lengthU16(() => encodeNlri(withdrawn, writer, pathIds));
  writer.u16(attributes.length).put(attributes);
  encodeNlri(nlri, writer, pathIds);
  assert(writer.length <= longestMessage(context), `an UPDATE came out ${writer.length} bytes long`);
  return finishMessage(writer);
}

/** Fills chunks of at most `space` bytes in order; `left` is what fits no chunk. */
function split(prefixes: readonly Nlri[], space: number, pathIds: boolean): { chunks: Nlri[][]; left: Nlri[] } {
  const chunks: Nlri[][] = [];
  const left: Nlri[] = [];
  let used = 0;
  for (const prefix of prefixes) {
    const length = nlriLength(prefix, pathIds);
    if (length > space) {
      left.push(prefix);
      continue;
    }
    const chunk = chunks.at(-1);
    if (chunk === undefined || used + length > space) {
      chunks.push([prefix]);
      used = length;
    } else {
      chunk.push(prefix);
      used += length;
    }
  }
  return { chunks, left };
}

function assertFamily(prefixes: readonly Nlri[], family: AddressFamily): void {
  const { ipFamily } = familyOf(family);
  assert(
    prefixes.every((prefix) => prefix.family === ipFamily),
    `${family} announces prefixes of another family`,
  );
}

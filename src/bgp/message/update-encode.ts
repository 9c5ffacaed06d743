/**
 * Writes an UPDATE value as as many messages as it takes.
 *
 * Why several: RFC 7606 §5.1 wants each message to hold one of base NLRI, base withdrawals, MP_REACH_NLRI and
 * MP_UNREACH_NLRI, and no message is longer than 4096 bytes. Withdrawals go first.
 * A path that grows as it is passed on can outgrow a message, by a peer's doing and not by a bug: such prefixes are
 * withdrawn instead, so that the peer does not keep an older route, and named in the result. BIRD does the same.
 */
import { assert } from '../../base/assert.ts';
import { ByteWriter } from '../../base/bytes.ts';
import type { Prefix } from '../../ip/prefix.ts';
import { withAs4 } from './attribute/as4-merge.ts';
import type { WireAttributes } from './attribute/descriptor.ts';
import { encodeAttributes } from './attribute/encode.ts';
import { familyOf, unicastFamily } from './family/table.ts';
import { finishMessage, headerLength, maximumMessageLength, writeHeader } from './header.ts';
import { encodeNlri, nlriLength } from './nlri.ts';
import type { AddressFamily, CodecContext, PathAttributes, Reach, UpdateMessage } from './types.ts';

export interface EncodedUpdate {
  readonly messages: readonly Uint8Array[];
  /** Announced prefixes whose attributes do not fit one message; `messages` withdraw them. */
  readonly tooLarge: readonly Prefix[];
}

/** Room behind the header and the two length fields. */
const room = maximumMessageLength - headerLength - 4;
/** Of a multiprotocol attribute: flags, type, extended length, AFI, SAFI. */
const multiprotocolOverhead = 4 + 3;

/** Says all of `update`; no messages where it has nothing to say. Its `errors` are not sent. */
export function encodeUpdate(update: UpdateMessage, context: CodecContext): EncodedUpdate {
  const tooLarge: Prefix[] = [];
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

function encodeReach(
  reach: Reach,
  attributes: PathAttributes,
  context: CodecContext,
): { messages: Uint8Array[]; left: readonly Prefix[] } {
  const { family, prefixes, nextHop, ...rest } = reach;
  const { unknown, partial, ...known } = attributes;
  assert(known.originCode !== undefined && known.asPath !== undefined, 'an announcement has ORIGIN and AS_PATH');
  assertFamily(prefixes, family);
  function block(wire: WireAttributes): Uint8Array {
    const all = withAs4({ ...known, ...wire }, context);
    return encodeAttributes({ wire: all, ...(unknown && { unknown }), ...(partial && { partial }) }, context);
  }
  if (family === 'ipv4-unicast') {
    const shared = block({ nextHop });
    const { chunks, left } = split(prefixes, room - shared.length);
    return { messages: chunks.map((chunk) => updateMessage({ attributes: shared, nlri: chunk })), left };
  }
  const nextHopBytes = Math.max(...familyOf(family).nextHopLengths);
  const space = room - block({}).length - multiprotocolOverhead - 2 - nextHopBytes;
  const { chunks, left } = split(prefixes, space);
  const messages = chunks.map((chunk) =>
    updateMessage({ attributes: block({ mpReach: { family, nextHop, ...rest, prefixes: chunk } }) }),
  );
  return { messages, left };
}

function encodeWithdrawn(prefixes: readonly Prefix[], context: CodecContext): Uint8Array[] {
  const ipv4 = prefixes.filter((prefix) => prefix.family === 4);
  const ipv6 = prefixes.filter((prefix) => prefix.family === 6);
  const family = unicastFamily(6);
  return [
    ...split(ipv4, room).chunks.map((withdrawn) => updateMessage({ withdrawn })),
    ...split(ipv6, room - multiprotocolOverhead).chunks.map((chunk) =>
      updateMessage({ attributes: encodeAttributes({ wire: { mpUnreach: { family, prefixes: chunk } } }, context) }),
    ),
  ];
}

/** RFC 4724 §2. */
function encodeEndOfRib(family: AddressFamily, context: CodecContext): Uint8Array {
  if (family === 'ipv4-unicast') return updateMessage({});
  return updateMessage({ attributes: encodeAttributes({ wire: { mpUnreach: { family, prefixes: [] } } }, context) });
}

function updateMessage(parts: { withdrawn?: readonly Prefix[]; attributes?: Uint8Array; nlri?: readonly Prefix[] }) {
  const { withdrawn = [], attributes = new Uint8Array(0), nlri = [] } = parts;
  const writer = writeHeader(new ByteWriter(maximumMessageLength), 'update');
  writer.lengthU16(() => encodeNlri(withdrawn, writer));
  writer.u16(attributes.length).put(attributes);
  encodeNlri(nlri, writer);
  assert(writer.length <= maximumMessageLength, `an UPDATE came out ${writer.length} bytes long`);
  return finishMessage(writer);
}

/** Fills chunks of at most `space` bytes in order; `left` is what fits no chunk. */
function split(prefixes: readonly Prefix[], space: number): { chunks: Prefix[][]; left: Prefix[] } {
  const chunks: Prefix[][] = [];
  const left: Prefix[] = [];
  let used = 0;
  for (const prefix of prefixes) {
    const length = nlriLength(prefix);
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

function assertFamily(prefixes: readonly Prefix[], family: AddressFamily): void {
  const { ipFamily } = familyOf(family);
  assert(
    prefixes.every((prefix) => prefix.family === ipFamily),
    `${family} announces prefixes of another family`,
  );
}

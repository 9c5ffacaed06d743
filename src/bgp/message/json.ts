/**
 * Messages and attributes as JSON for people and scripts: addresses, prefixes and communities as text, keys as in `types.ts`.
 *
 * Why here: whoever shows routes (the decoder, MRT files, a looking glass) shows them alike. One way only: nothing reads it back.
 */
import { toHex } from '../../base/bytes.ts';
import { formatAddress } from '../../ip/address.ts';
import { formatPrefix } from '../../ip/prefix.ts';
import type { WireAttributes } from './attribute/descriptor.ts';
import { attributeTable } from './attribute/table.ts';
import { describeNotification, shutdownCommunication } from './notification.ts';
import type {
  Capability,
  Message,
  MessageError,
  Nlri,
  PathAttributes,
  Reach,
  UnknownAttribute,
  UpdateMessage,
} from './types.ts';

export type Json = Readonly<Record<string, unknown>>;

/** `198.51.100.0/24`, or `{ prefix, pathId }` in a family with ADD-PATH. */
export function nlriJson(prefix: Nlri): string | Json {
  const text = formatPrefix(prefix);
  return prefix.pathId === undefined ? text : { prefix: text, pathId: prefix.pathId };
}

const shown = attributeTable.flatMap(({ key, json }) => (json === undefined ? [] : [{ key, json }]));

/** Absent attributes are absent keys; each is shown as its descriptor says. */
export function attributesJson({ unknown, partial, ...attributes }: PathAttributes): Json {
  const known: WireAttributes = attributes;
  const entries = shown.flatMap(({ key, json }) => {
    const value = known[key];
    return value === undefined ? [] : [[key, json(value)]];
  });
  return {
    ...Object.fromEntries(entries),
    ...(unknown === undefined ? {} : { unknown: unknown.map(unknownAttributeJson) }),
    ...(partial === undefined ? {} : { partial }),
  };
}

export function unknownAttributeJson({ type, flags, bytes }: UnknownAttribute): Json {
  return { type, flags, hex: toHex(bytes) };
}

export function errorJson({ code, subcode, offset, field, what, rfc }: MessageError): Json {
  return { code, subcode, offset, field, what, rfc };
}

/** All that a message says, but its `type` and its errors. */
export function messageJson(message: Message): Json {
  switch (message.type) {
    case 'open':
      return {
        asn: message.asn,
        holdTimeSeconds: message.holdTimeSeconds,
        routerId: formatAddress(message.routerId),
        capabilities: message.capabilities.map(capabilityJson),
      };
    case 'update':
      return updateJson(message);
    case 'keepalive':
      return {};
    case 'notification': {
      const communication = shutdownCommunication(message);
      return {
        code: message.code,
        subcode: message.subcode,
        what: describeNotification(message),
        ...(communication === undefined ? {} : { communication }),
        hex: toHex(message.data),
      };
    }
    case 'route-refresh':
      return {
        ...(message.family === undefined ? {} : { family: message.family }),
        subtype: message.subtype ?? 'request',
      };
  }
}

/** A capability as `decode` shows those of an OPEN. */
export function capabilityJson(capability: Capability): Json {
  if (capability.kind !== 'unknown') return { ...capability };
  return { kind: 'unknown', code: capability.code, hex: toHex(capability.bytes) };
}

function updateJson({ withdrawn, reach, attributes, endOfRib, ignored = [] }: UpdateMessage): Json {
  const unknown = [...(attributes.unknown ?? []), ...ignored].sort((a, b) => a.type - b.type);
  return {
    withdrawn: withdrawn.flatMap(({ prefixes }) => prefixes.map(nlriJson)),
    nlri: reach.flatMap(({ prefixes }) => prefixes.map(nlriJson)),
    attributes: {
      ...nextHopsJson(reach),
      ...attributesJson(attributes),
      ...(unknown.length === 0 ? {} : { unknown: unknown.map(unknownAttributeJson) }),
    },
    ...(endOfRib === undefined ? {} : { endOfRib }),
  };
}

/** One next hop is a key of its own; where two kinds of prefixes have one each, `nextHops` tells which is whose. */
function nextHopsJson(reach: readonly Reach[]): Json {
  const [first, second] = reach;
  if (first === undefined) return {};
  const all = reach.map(({ family, prefixes, ...hops }) => ({
    family,
    ...hopsJson(hops),
    nlri: prefixes.map(nlriJson),
  }));
  return { ...hopsJson(first), ...(second === undefined ? {} : { nextHops: all }) };
}

function hopsJson({ nextHop, linkLocalNextHop }: Pick<Reach, 'nextHop' | 'linkLocalNextHop'>): Json {
  return {
    nextHop: formatAddress(nextHop),
    ...(linkLocalNextHop === undefined ? {} : { linkLocalNextHop: formatAddress(linkLocalNextHop) }),
  };
}

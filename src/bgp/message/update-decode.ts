/**
 * Reads an UPDATE: prefixes of the base message and of the multiprotocol attributes in one list, errors applied.
 *
 * Layout (RFC 4271 §4.3): [withdrawn length u16][withdrawn …][attributes length u16][attributes …][NLRI … to the end]
 * Errors: RFC 7606. Treat-as-withdraw moves what is announced to `withdrawn`; a session reset is thrown as `MessageFault`.
 */
import { ByteReader } from '../../base/bytes.ts';
import { addressesEqual } from '../../ip/address.ts';
import { mergeAs4 } from './attribute/as4-merge.ts';
import { type DecodedAttributes, decodeAttributes } from './attribute/decode.ts';
import type { WireAttributes } from './attribute/descriptor.ts';
import { mpReachNlri } from './attribute/mp-reach-nlri.ts';
import { mpUnreachNlri } from './attribute/mp-unreach-nlri.ts';
import { MessageFault, messageError } from './fault.ts';
import { headerLength } from './header.ts';
import { decodeNlri, nlriKey, receivesPathIds } from './nlri.ts';
import type {
  AddressFamily,
  CodecContext,
  MessageError,
  Nlri,
  PathAttributes,
  Reach,
  UpdateMessage,
  Withdrawn,
} from './types.ts';
import { checkUpdate } from './update-checks.ts';

/** The fields of the base message, prefixes still as they stand there. */
interface Body {
  readonly withdrawn: readonly Nlri[];
  readonly attributes: ByteReader;
  readonly nlri: readonly Nlri[];
  /** Prefixes that were there but not negotiated. */
  readonly errors: readonly MessageError[];
}

/** `raw` is a whole UPDATE with its header; throws `MessageFault` or `BytesError` where the session must be reset. */
export function decodeUpdate(raw: Uint8Array, context: CodecContext): UpdateMessage {
  const body = readBody(raw, context);
  const attributesOffset = body.attributes.offset;
  const attributes = decodeAttributes(body.attributes, context);
  const wire = mergeAs4(attributes.wire);
  const announced = present([baseOf(body.nlri), wire.mpReach]);
  // An MP_REACH_NLRI of a family that is not ours announces something, too, if nothing to us.
  const announces = announced.length > 0 || (attributes.places.has(mpReachNlri.type) && wire.mpReach === undefined);
  const check = { attributes, merged: wire, hasNlri: body.nlri.length > 0, announces, offset: attributesOffset };
  const errors = [...body.errors, ...attributes.errors, ...checkUpdate(check, context)];
  const withdrawn = present([baseOf(body.withdrawn), wire.mpUnreach]);
  const severe = errors.find(({ outcome }) => outcome === 'treat-as-withdraw');
  if (severe !== undefined) {
    // RFC 7606 §5.2: attributes that announce nothing leave doubt whether the prefixes were all found; MP_UNREACH_NLRI alone does not.
    const { places } = attributes;
    const onlyWithdraws =
      places.size === 1 && places.get(mpUnreachNlri.type)?.offset === severe.offset && errors.length === 1;
    if (!announces && !onlyWithdraws)
      throw new MessageFault({ ...severe, outcome: 'session-reset', rfc: 'RFC 7606 §5.2' });
    return { type: 'update', withdrawn: [...withdrawn, ...announced], reach: [], attributes: {}, errors };
  }
  const endOfRib = endOfRibFamily(body, attributes);
  return {
    type: 'update',
    withdrawn: withoutAnnounced(withdrawn, announced),
    reach: reachOf(body.nlri, wire),
    attributes: pathAttributes(wire, attributes),
    ...(endOfRib === undefined ? {} : { endOfRib }),
    ...(attributes.ignored.length === 0 ? {} : { ignored: attributes.ignored }),
    errors,
  };
}

function readBody(raw: Uint8Array, context: CodecContext): Body {
  const reader = new ByteReader(raw, headerLength);
  // RFC 7606 §3(b): lengths that contradict the message's leave nothing to hold on to.
  const withdrawnField = reader.sub(reader.u16('withdrawn routes length'), 'withdrawn routes');
  const attributes = reader.sub(reader.u16('path attributes length'), 'path attributes');
  const pathIds = receivesPathIds(context, 'ipv4-unicast');
  const errors: MessageError[] = [];
  function prefixes(field: ByteReader, name: string): readonly Nlri[] {
    const offset = field.offset;
    const found = decodeNlri(field, { ipFamily: 4, pathIds }, { field: name, subcode: 10 });
    if (found.length === 0 || context.families.includes('ipv4-unicast')) return found;
    const what = `${found.length} IPv4 prefixes, though ipv4-unicast was not negotiated`;
    const fault = { outcome: 'attribute-discard', code: 3, subcode: 0, offset, field: name, what } as const;
    errors.push(messageError({ ...fault, rfc: 'RFC 4760 §8' }));
    return [];
  }
  return { withdrawn: prefixes(withdrawnField, 'withdrawn'), attributes, nlri: prefixes(reader, 'nlri'), errors };
}

/** RFC 4724 §2: an empty UPDATE, or one with an empty MP_UNREACH_NLRI and nothing else. */
function endOfRibFamily(body: Body, { wire, places, errors }: DecodedAttributes): UpdateMessage['endOfRib'] {
  if (body.withdrawn.length + body.nlri.length + body.errors.length + errors.length > 0) return undefined;
  if (places.size === 0) return 'ipv4-unicast';
  const alone = places.size === 1 && places.has(mpUnreachNlri.type);
  return alone && wire.mpUnreach?.prefixes.length === 0 ? wire.mpUnreach.family : undefined;
}

/** The prefixes of the base message are of one family (RFC 4760 §1). */
function baseOf(prefixes: readonly Nlri[]): Withdrawn {
  return { family: 'ipv4-unicast', prefixes };
}

/** Those that hold prefixes, and of them nothing but these. */
function present(all: readonly (Withdrawn | undefined)[]): readonly Withdrawn[] {
  return all.flatMap((one) =>
    one === undefined || one.prefixes.length === 0 ? [] : [{ family: one.family, prefixes: one.prefixes }],
  );
}

/** RFC 4271 §4.3: a prefix that is both withdrawn and announced counts as announced. */
function withoutAnnounced(withdrawn: readonly Withdrawn[], announced: readonly Withdrawn[]): readonly Withdrawn[] {
  if (withdrawn.length === 0 || announced.length === 0) return withdrawn;
  const keyOf = (family: AddressFamily, prefix: Nlri): string => `${family} ${nlriKey(prefix)}`;
  const keys = new Set(announced.flatMap(({ family, prefixes }) => prefixes.map((prefix) => keyOf(family, prefix))));
  return present(
    withdrawn.map(({ family, prefixes }) => ({
      family,
      prefixes: prefixes.filter((prefix) => !keys.has(keyOf(family, prefix))),
    })),
  );
}

function reachOf(nlri: readonly Nlri[], { nextHop, mpReach }: WireAttributes): readonly Reach[] {
  const reach: Reach[] = [];
  if (nlri.length > 0 && nextHop !== undefined) reach.push({ family: 'ipv4-unicast', nextHop, prefixes: nlri });
  if (mpReach !== undefined && mpReach.prefixes.length > 0) {
    const base = reach[0];
    if (base?.family === mpReach.family && addressesEqual(base.nextHop, mpReach.nextHop)) {
      reach[0] = { ...base, prefixes: [...base.prefixes, ...mpReach.prefixes] };
    } else {
      reach.push(mpReach);
    }
  }
  return reach;
}

function pathAttributes(wire: WireAttributes, { unknown, partial }: DecodedAttributes): PathAttributes {
  const { nextHop: _nextHop, mpReach: _mpReach, mpUnreach: _mpUnreach, ...attributes } = wire;
  return {
    ...attributes,
    ...(unknown.length === 0 ? {} : { unknown }),
    ...(partial.length === 0 ? {} : { partial }),
  };
}

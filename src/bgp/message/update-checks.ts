/**
 * The checks of an UPDATE that need more than one attribute or more than one field. Each answers an error or nothing.
 *
 * All are treat-as-withdraw: the attributes were read, so the prefixes are known.
 */
import { formatAddress } from '../../ip/address.ts';
import { asPath } from './attribute/as-path.ts';
import type { DecodedAttributes } from './attribute/decode.ts';
import type { AttributeDescriptor, WireAttributes } from './attribute/descriptor.ts';
import { mpReachNlri } from './attribute/mp-reach-nlri.ts';
import { nextHop } from './attribute/next-hop.ts';
import { origin } from './attribute/origin.ts';
import { isHost } from './family/next-hop.ts';
import { messageError } from './fault.ts';
import type { CodecContext, MessageError } from './types.ts';

export interface UpdateToCheck {
  readonly attributes: DecodedAttributes;
  /** `attributes.wire`, with AS4_PATH and AS4_AGGREGATOR joined in. */
  readonly merged: WireAttributes;
  /** Whether the base message announces prefixes, which NEXT_HOP then serves. */
  readonly hasNlri: boolean;
  /** Whether anything is announced at all. */
  readonly announces: boolean;
  /** The offset of the path attributes, for what is missing in them. */
  readonly offset: number;
}

/** All that is wrong with an update whose attributes were read one by one. */
export function checkUpdate(update: UpdateToCheck, context: CodecContext): MessageError[] {
  if (!update.announces) return [];
  return [...missing(update), ...firstAs(update, context), ...(context.acceptAnyNextHop ? [] : nextHops(update))];
}

/** RFC 7606 §3(d), RFC 4271 §5: ORIGIN and AS_PATH always, NEXT_HOP for prefixes of the base message (RFC 4760 §3). */
function missing({ attributes, hasNlri, offset }: UpdateToCheck): MessageError[] {
  const mandatory: readonly AttributeDescriptor[] = hasNlri ? [origin, asPath, nextHop] : [origin, asPath];
  return mandatory
    .filter(({ type }) => !attributes.places.has(type)) // one that could not be read has had its error
    .map(({ type, name }) => {
      const data = Uint8Array.of(type);
      const what = `${name} is missing`;
      return withdraw({ subcode: 3, data, offset, field: name, what, rfc: 'RFC 7606 §3(d)' });
    });
}

/** RFC 4271 §6.3, RFC 7606 §7.2: an external peer puts its own AS first, so a path that begins otherwise is not its to tell. */
function firstAs({ attributes, merged }: UpdateToCheck, context: CodecContext): MessageError[] {
  const path = merged.asPath;
  if (!context.external || context.peerAsn === undefined || path === undefined) return [];
  const first = path[0]?.kind === 'sequence' ? path[0].asns[0] : undefined;
  if (first === context.peerAsn) return [];
  const begins = first === undefined ? 'with no AS' : `with AS ${first}`;
  const what = `AS_PATH begins ${begins}; the peer is AS ${context.peerAsn}`;
  const offset = attributes.places.get(asPath.type)?.offset ?? 0;
  return [withdraw({ subcode: 11, offset, field: asPath.name, what, rfc: 'RFC 7606 §7.2' })];
}

/** RFC 4271 §6.3: a next hop that cannot be a host's. */
function nextHops({ attributes, merged, hasNlri }: UpdateToCheck): MessageError[] {
  const uses = [
    { used: hasNlri, descriptor: nextHop, family: 'ipv4-unicast', address: merged.nextHop },
    { used: true, descriptor: mpReachNlri, family: merged.mpReach?.family, address: merged.mpReach?.nextHop },
  ] as const;
  return uses.flatMap(({ used, descriptor, family, address }) => {
    if (!used || family === undefined || address === undefined || isHost(address)) return [];
    const place = attributes.places.get(descriptor.type);
    const what = `the next hop ${formatAddress(address)} is no host's address`;
    const { name: field } = descriptor;
    const rfc = 'RFC 4271 §6.3';
    return [withdraw({ subcode: 8, data: place?.bytes, offset: place?.offset ?? 0, field, what, rfc })];
  });
}

function withdraw(fault: {
  subcode: number;
  data?: Uint8Array | undefined;
  offset: number;
  field: string;
  what: string;
  rfc: string;
}): MessageError {
  const { data = new Uint8Array(0), ...rest } = fault;
  return messageError({ outcome: 'treat-as-withdraw', code: 3, data, ...rest });
}

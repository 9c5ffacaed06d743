/**
 * A route's path attributes as a JSON value, under the names of the message codec (`message/types.ts`).
 *
 * What the codec's table knows is read by its descriptors, so an attribute added there is shown here, too. What it does not know,
 * or cannot read, stands under `unknown` as `{type, flags, hex}`. The multiprotocol attributes are the route itself.
 */
import { ByteReader, BytesError, toHex } from '../../../base/bytes.ts';
import { type Address, formatAddress } from '../../../ip/address.ts';
import { AttributeFault } from '../../message/attribute/descriptor.ts';
import { attributeByType } from '../../message/attribute/table.ts';
import { formatCommunity, formatLargeCommunity } from '../../message/community.ts';
import { formatExtendedCommunity } from '../../message/extended-community.ts';
import type { CodecContext, ExtendedCommunity, LargeCommunity } from '../../message/types.ts';
import { u16 } from '../decode/framer.ts';
import type { RouteView } from '../decode/route.ts';
import { pathOf } from './path.ts';

/** Read otherwise: AS_PATH, NEXT_HOP, AGGREGATOR, the multiprotocol ones, AS4_PATH, AS4_AGGREGATOR. */
const handled = new Set([2, 3, 7, 14, 15, 17, 18]);

/** Keys whose values are numbers that people write otherwise. */
const formats: Readonly<Record<string, (value: never) => unknown>> = {
  communities: (values: readonly number[]) => values.map(formatCommunity),
  largeCommunities: (values: readonly LargeCommunity[]) => values.map(formatLargeCommunity),
  extendedCommunities: (values: readonly ExtendedCommunity[]) => values.map(formatExtendedCommunity),
};

export function attributesJson(view: RouteView): Record<string, unknown> {
  const { bytes } = view.record;
  const fields = view.attributes;
  const context: CodecContext = {
    fourOctetAsn: fields.asnBytes === 4,
    external: false,
    families: ['ipv4-unicast', 'ipv6-unicast'],
  };
  const json: Record<string, unknown> = {};
  const unknown: unknown[] = [];
  const asPath = pathOf(bytes, fields);
  if (asPath !== undefined) json.asPath = asPath;
  if (view.nextHopAt >= 0) json.nextHop = addressAt(bytes, view.nextHopAt, view.nextHopFamily);
  const aggregator = aggregatorOf(view);
  if (aggregator !== undefined) json.aggregator = aggregator;
  for (let at = fields.at; at < fields.end; ) {
    const [flags, type] = [bytes[at] as number, bytes[at + 1] as number];
    const extended = (flags & 0x10) !== 0;
    const start = at + (extended ? 4 : 3);
    at = start + (extended ? u16(bytes, start - 2) : (bytes[start - 1] as number));
    if (handled.has(type)) continue;
    const known = readKnown(type, new ByteReader(bytes, start, at), context);
    if (known === undefined) unknown.push({ type, flags, hex: toHex(bytes.subarray(start, at)) });
    else json[known.key] ??= known.value; // RFC 7606 §3(g): the first one counts
  }
  if (unknown.length > 0) json.unknown = unknown;
  return json;
}

function readKnown(
  type: number,
  reader: ByteReader,
  context: CodecContext,
): { key: string; value: unknown } | undefined {
  const descriptor = attributeByType(type);
  if (descriptor === undefined || !descriptor.length.fits(reader.left, context)) return undefined;
  try {
    const value = descriptor.decode(reader, context);
    const format = formats[descriptor.key];
    return { key: descriptor.key, value: format === undefined ? plain(value) : format(value as never) };
  } catch (error) {
    if (error instanceof AttributeFault || error instanceof BytesError) return undefined;
    throw error;
  }
}

/** Addresses as text, bytes as hex, whatever else as it is. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('family' in value && 'bytes' in value) return formatAddress(value as Address);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

/** RFC 6793 §4.2.3: AS4_AGGREGATOR where AGGREGATOR has AS_TRANS. */
function aggregatorOf({ record: { bytes }, attributes }: RouteView): { asn: number; address: string } | undefined {
  const { aggregatorAt, as4AggregatorAt, aggregatorAsnBytes } = attributes;
  if (aggregatorAt < 0) return undefined;
  const joined = as4AggregatorAt >= 0 && aggregatorAsnBytes === 2 && u16(bytes, aggregatorAt) === 23456;
  const [at, width] = joined ? [as4AggregatorAt, 4] : [aggregatorAt, aggregatorAsnBytes];
  const reader = new ByteReader(bytes, at);
  const asn = width === 4 ? reader.u32('asn') : reader.u16('asn');
  return { asn, address: addressAt(bytes, reader.offset, 4) };
}

export function addressAt(bytes: Uint8Array, at: number, family: 4 | 6): string {
  return formatAddress({ family, bytes: bytes.subarray(at, at + (family === 4 ? 4 : 16)) });
}

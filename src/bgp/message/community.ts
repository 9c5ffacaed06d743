/**
 * Communities as people write them: `65535:0`, `64500:1:2`, and the well-known ones by name.
 *
 * Why: configuration, logs and looking glasses show them as text; the codec holds numbers.
 */
import type { LargeCommunity } from './types.ts';

export interface WellKnownCommunity {
  readonly name: string;
  readonly value: number;
  readonly rfc: string;
}

/** IANA's registry of well-known communities. */
export const wellKnownCommunities: readonly WellKnownCommunity[] = [
  { name: 'GRACEFUL_SHUTDOWN', value: 0xffff_0000, rfc: 'RFC 8326' },
  { name: 'ACCEPT_OWN', value: 0xffff_0001, rfc: 'RFC 7611' },
  { name: 'LLGR_STALE', value: 0xffff_0006, rfc: 'RFC 9494' },
  { name: 'NO_LLGR', value: 0xffff_0007, rfc: 'RFC 9494' },
  { name: 'BLACKHOLE', value: 0xffff_029a, rfc: 'RFC 7999' },
  { name: 'NO_EXPORT', value: 0xffff_ff01, rfc: 'RFC 1997' },
  { name: 'NO_ADVERTISE', value: 0xffff_ff02, rfc: 'RFC 1997' },
  { name: 'NO_EXPORT_SUBCONFED', value: 0xffff_ff03, rfc: 'RFC 1997' },
  { name: 'NOPEER', value: 0xffff_ff04, rfc: 'RFC 3765' },
];

function wellKnown(name: string): number {
  return wellKnownCommunities.find((row) => row.name === name)?.value as number;
}

export const gracefulShutdown = wellKnown('GRACEFUL_SHUTDOWN');
export const longLivedStale = wellKnown('LLGR_STALE');
export const noLongLived = wellKnown('NO_LLGR');
export const blackhole = wellKnown('BLACKHOLE');
export const noExport = wellKnown('NO_EXPORT');
export const noAdvertise = wellKnown('NO_ADVERTISE');
export const noExportSubconfed = wellKnown('NO_EXPORT_SUBCONFED');
export const noPeer = wellKnown('NOPEER');

/** `65535:0`. */
export function formatCommunity(value: number): string {
  return `${Math.floor(value / 0x10000)}:${value % 0x10000}`;
}

/** The name of a well-known community; `undefined` where it has none. */
export function communityName(value: number): string | undefined {
  return wellKnownCommunities.find((row) => row.value === value)?.name;
}

/** The community that `text` spells as `65535:0` or by its well-known name in any case, `-` or `_`; `undefined` where it is none. */
export function parseCommunity(text: string): number | undefined {
  const name = text.trim().toUpperCase().replaceAll('-', '_');
  const named = wellKnownCommunities.find((row) => row.name === name);
  if (named !== undefined) return named.value;
  const parts = parseParts(text, { count: 2, maximum: 0xffff });
  return parts === undefined ? undefined : (parts[0] as number) * 0x10000 + (parts[1] as number);
}

/** `64500:1:2`. */
export function formatLargeCommunity(value: LargeCommunity): string {
  return value.join(':');
}

/** `undefined` where `text` is no large community. RFC 8092 §5: decimal, no leading zeros. */
export function parseLargeCommunity(text: string): LargeCommunity | undefined {
  const parts = parseParts(text, { count: 3, maximum: 0xffff_ffff });
  return parts === undefined ? undefined : [parts[0] as number, parts[1] as number, parts[2] as number];
}

function parseParts(text: string, shape: { count: number; maximum: number }): readonly number[] | undefined {
  const parts = text.trim().split(':');
  if (parts.length !== shape.count) return undefined;
  if (!parts.every((part) => /^(0|[1-9][0-9]{0,9})$/.test(part) && Number(part) <= shape.maximum)) return undefined;
  return parts.map(Number);
}

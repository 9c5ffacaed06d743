/**
 * The common header that every BMP message begins with.
 *
 * Layout (RFC 7854 §4.1): [version u8][length of the whole message u32][type u8]
 * Why a limit: the length comes from a stranger and decides how much is gathered. The largest honest messages hold a few BGP
 * messages of 64 KiB.
 */
import { ByteReader } from '../../../base/bytes.ts';
import type { BmpError, BmpMessage } from './types.ts';

export const commonHeaderLength = 6;
export const bmpVersion = 3;
export const longestBmpMessage = 512 * 1024;

/** RFC 7854 §4.1, by number. */
export const bmpTypes = [
  'route-monitoring',
  'statistics-report',
  'peer-down',
  'peer-up',
  'initiation',
  'termination',
  'route-mirroring',
] as const satisfies readonly BmpMessage['type'][];

export type KnownBmpType = (typeof bmpTypes)[number];

export type CommonHeader =
  /** `type`: absent where we do not know the number. */
  | { readonly ok: true; readonly length: number; readonly code: number; readonly type?: KnownBmpType }
  | { readonly ok: false; readonly error: BmpError };

/** Checks the header at the start of `bytes`, which must hold all of it. A wrong one leaves no way to find the next message. */
export function readCommonHeader(bytes: Uint8Array): CommonHeader {
  const reader = new ByteReader(bytes, 0, commonHeaderLength);
  const version = reader.u8('version');
  if (version !== bmpVersion) {
    const what = `version ${version}; BMP is version ${bmpVersion}: this is not BMP, a draft of it, or the stream lost its place`;
    return { ok: false, error: { offset: 0, field: 'version', what, rfc: 'RFC 7854 §4.1' } };
  }
  const length = reader.u32('length');
  if (length < commonHeaderLength || length > longestBmpMessage) {
    const what = `the message claims ${length} bytes; we take ${commonHeaderLength} to ${longestBmpMessage}`;
    return { ok: false, error: { offset: 1, field: 'length', what, rfc: 'RFC 7854 §4.1' } };
  }
  const code = reader.u8('type');
  const type = bmpTypes[code];
  return { ok: true, length, code, ...(type && { type }) };
}

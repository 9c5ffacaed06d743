/**
 * The PDUs that a cache and a router exchange (RFC 8210 §5; RFC 6810 for version 0; draft-ietf-sidrops-8210bis for version 2).
 *
 * Why one union for all versions: they differ in two fields and two PDU types, and a session must read another version's PDU to
 * negotiate. The version stands beside a PDU, not in it.
 */
import type { Prefix } from '../../ip/prefix.ts';

export type RtrVersion = 0 | 1 | 2;

export const highestRtrVersion: RtrVersion = 2;

/** A validated ROA payload: `asn` may originate `prefix` and what lies in it, down to `maxLength` (RFC 6811 §2). */
export interface Vrp {
  readonly prefix: Prefix;
  readonly maxLength: number;
  readonly asn: number;
}

/** How long data may be used and when to ask again; seconds (RFC 8210 §6). */
export interface Intervals {
  readonly refreshSeconds: number;
  readonly retrySeconds: number;
  readonly expireSeconds: number;
}

export type PayloadPdu =
  | { readonly type: 'prefix'; readonly announce: boolean; readonly vrp: Vrp }
  /** `providers` are ascending and distinct; a withdrawal has none. */
  | {
      readonly type: 'aspa';
      readonly announce: boolean;
      readonly customer: number;
      readonly providers: readonly number[];
    }
  /** A BGPsec key; read so that the stream goes on, and not kept. */
  | {
      readonly type: 'router-key';
      readonly announce: boolean;
      readonly subjectKeyIdentifier: Uint8Array;
      readonly asn: number;
      readonly subjectPublicKey: Uint8Array;
    };

export type Pdu =
  | PayloadPdu
  | { readonly type: 'serial-notify'; readonly sessionId: number; readonly serial: number }
  | { readonly type: 'serial-query'; readonly sessionId: number; readonly serial: number }
  | { readonly type: 'reset-query' }
  | { readonly type: 'cache-response'; readonly sessionId: number }
  /** Version 0 has no intervals. */
  | {
      readonly type: 'end-of-data';
      readonly sessionId: number;
      readonly serial: number;
      readonly intervals?: Intervals;
    }
  | { readonly type: 'cache-reset' }
  | { readonly type: 'error-report'; readonly code: number; readonly pdu: Uint8Array; readonly text: string };

export interface VersionedPdu {
  readonly version: RtrVersion;
  readonly pdu: Pdu;
}

/** RFC 8210 §12; 9 and above from draft-ietf-sidrops-8210bis §12. */
export const rtrError = {
  corruptData: 0,
  internalError: 1,
  noDataAvailable: 2,
  invalidRequest: 3,
  unsupportedVersion: 4,
  unsupportedPduType: 5,
  withdrawalOfUnknownRecord: 6,
  duplicateAnnouncement: 7,
  unexpectedVersion: 8,
  aspaProviderList: 9,
} as const;

export const rtrErrorNames: readonly string[] = [
  'Corrupt Data',
  'Internal Error',
  'No Data Available',
  'Invalid Request',
  'Unsupported Protocol Version',
  'Unsupported PDU Type',
  'Withdrawal of Unknown Record',
  'Duplicate Announcement Received',
  'Unexpected Protocol Version',
  'ASPA Provider List Error',
];

export function rtrErrorName(code: number): string {
  return rtrErrorNames[code] ?? `error code ${code}`;
}

/** What is wrong with a PDU that came in: what an Error Report tells the cache, and a log the operator. */
export interface RtrFault {
  readonly code: number;
  readonly what: string;
  readonly offset: number;
  readonly field: string;
  readonly rfc: string;
  /** The PDU's bytes, cut where it was too long to be read; they go back with the report. */
  readonly pdu: Uint8Array;
  /** The fault lies in an Error Report, which is never answered by one (RFC 8210 §5.11). */
  readonly inErrorReport: boolean;
}

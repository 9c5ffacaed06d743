/** The PDUs that steer a session: notify, queries, responses, end of data, reset (RFC 8210 §5.2–§5.5, §5.8, §5.9). */
import type { ByteWriter } from '../../base/bytes.ts';
import { type PduDescriptor, sizeOf } from './descriptor.ts';
import type { Pdu } from './types.ts';

type PduOf<T extends Pdu['type']> = Extract<Pdu, { type: T }>;

/** [serial u32]; the header's word is the session ID. */
const serialFields = {
  since: 0,
  length: sizeOf(12),
  word: ({ sessionId }: { readonly sessionId: number }): number => sessionId,
  encode: (writer: ByteWriter, { serial }: { readonly serial: number }): void => {
    writer.u32(serial);
  },
} as const;

export const serialNotify: PduDescriptor<PduOf<'serial-notify'>> = {
  ...serialFields,
  number: 0,
  type: 'serial-notify',
  rfc: 'RFC 8210 §5.2',
  decode: (reader, sessionId) => ({ type: 'serial-notify', sessionId, serial: reader.u32('serial') }),
};

export const serialQuery: PduDescriptor<PduOf<'serial-query'>> = {
  ...serialFields,
  number: 1,
  type: 'serial-query',
  rfc: 'RFC 8210 §5.3',
  decode: (reader, sessionId) => ({ type: 'serial-query', sessionId, serial: reader.u32('serial') }),
};

export const resetQuery: PduDescriptor<PduOf<'reset-query'>> = {
  number: 2,
  type: 'reset-query',
  since: 0,
  rfc: 'RFC 8210 §5.4',
  length: sizeOf(8),
  decode: () => ({ type: 'reset-query' }),
  word: () => 0,
  encode: () => {},
};

export const cacheResponse: PduDescriptor<PduOf<'cache-response'>> = {
  number: 3,
  type: 'cache-response',
  since: 0,
  rfc: 'RFC 8210 §5.5',
  length: sizeOf(8),
  decode: (_, sessionId) => ({ type: 'cache-response', sessionId }),
  word: (pdu) => pdu.sessionId,
  encode: () => {},
};

/** [serial u32], and from version 1 on [refresh u32][retry u32][expire u32]. */
export const endOfData: PduDescriptor<PduOf<'end-of-data'>> = {
  number: 7,
  type: 'end-of-data',
  since: 0,
  rfc: 'RFC 8210 §5.8',
  length: (version) => ({ exactly: version === 0 ? 12 : 24 }), // RFC 6810 §5.7: version 0 has no intervals
  decode: (reader, sessionId, version) => {
    const serial = reader.u32('serial');
    if (version === 0) return { type: 'end-of-data', sessionId, serial };
    const refreshSeconds = reader.u32('refresh interval');
    const retrySeconds = reader.u32('retry interval');
    const expireSeconds = reader.u32('expire interval');
    return { type: 'end-of-data', sessionId, serial, intervals: { refreshSeconds, retrySeconds, expireSeconds } };
  },
  word: (pdu) => pdu.sessionId,
  encode: (writer, { serial, intervals }, version) => {
    writer.u32(serial);
    if (version === 0) return;
    const { refreshSeconds = 3600, retrySeconds = 600, expireSeconds = 7200 } = intervals ?? {};
    writer.u32(refreshSeconds).u32(retrySeconds).u32(expireSeconds);
  },
};

export const cacheReset: PduDescriptor<PduOf<'cache-reset'>> = {
  number: 8,
  type: 'cache-reset',
  since: 0,
  rfc: 'RFC 8210 §5.9',
  length: sizeOf(8),
  decode: () => ({ type: 'cache-reset' }),
  word: () => 0,
  encode: () => {},
};

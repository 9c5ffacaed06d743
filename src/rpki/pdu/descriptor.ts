/** What the codec has to know of one type of PDU; `table.ts` lists them, `codec.ts` drives them. */
import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import type { Pdu, RtrVersion } from './types.ts';

export interface PduDescriptor<T extends Pdu = Pdu> {
  readonly number: number;
  readonly type: T['type'];
  /** The version that brought it. */
  readonly since: RtrVersion;
  readonly rfc: string;
  /** The whole length: one number, or the least of one that varies. */
  length(version: RtrVersion): { readonly exactly: number } | { readonly atLeast: number };
  /** `word` is the header's u16; the reader holds what follows the header, exactly. */
  decode(reader: ByteReader, word: number, version: RtrVersion): T;
  word(pdu: T): number;
  encode(writer: ByteWriter, pdu: T, version: RtrVersion): void;
}

export const sizeOf = (exactly: number) => () => ({ exactly });

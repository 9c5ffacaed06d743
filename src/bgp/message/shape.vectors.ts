/**
 * The shape of test vectors, in three columns that a person can check with an RFC in hand: values with their bytes, values that
 * nobody may send, and bytes that must be refused with what they cost.
 */
import { fromHex } from '../../base/bytes.ts';
import type { AttributeDescriptor, WireAttributes } from './attribute/descriptor.ts';
import type { CapabilityDescriptor } from './capability/descriptor.ts';
import type { Capability, CodecContext, ErrorOutcome } from './types.ts';

export interface GoodVector<T> {
  readonly name: string;
  readonly value: T;
  /** Fields in hex, one a line, each with a comment behind `#`. */
  readonly hex: string;
  readonly context?: Partial<CodecContext>;
  /** Bytes that decode to the value though we would write it otherwise. */
  readonly decodeOnly?: true;
}

export interface BadValue {
  readonly name: string;
  readonly value: unknown;
  readonly context?: Partial<CodecContext>;
}

export interface BadBytes {
  readonly name: string;
  readonly hex: string;
  readonly context?: Partial<CodecContext>;
  readonly outcome: ErrorOutcome;
  /** UPDATE Message Error (3) for attributes, OPEN Message Error (2) for capabilities, with this subcode. */
  readonly subcode: number;
  /** Where the error points, from the first byte of `hex`. */
  readonly offset: number;
}

export interface AttributeVectors<K extends keyof WireAttributes = keyof WireAttributes> {
  readonly descriptor: AttributeDescriptor<K>;
  readonly good: readonly GoodVector<NonNullable<WireAttributes[K]>>[];
  readonly badValues: readonly BadValue[];
  readonly badBytes: readonly BadBytes[];
}

export interface CapabilityVectors {
  readonly descriptor: CapabilityDescriptor;
  readonly good: readonly GoodVector<Capability>[];
  readonly badValues: readonly BadValue[];
  readonly badBytes: readonly BadBytes[];
}

export const defaultContext: CodecContext = {
  fourOctetAsn: true,
  external: false,
  families: ['ipv4-unicast', 'ipv6-unicast'],
};

/** The bytes of commented hex; throws where it is none. */
export function bytesOf(commented: string): Uint8Array {
  const bytes = fromHex(commented.replace(/#.*$/gm, '').replace(/\s/g, ''));
  if (bytes === undefined) throw new Error(`not hex: ${commented}`);
  return bytes;
}

/** The three fields of an UPDATE in hex, commented or not. */
export interface UpdateHex {
  readonly withdrawn?: string;
  readonly attributes?: string;
  readonly nlri?: string;
}

/** A whole UPDATE with its header and its lengths. */
export function updateBytes({ withdrawn = '', attributes = '', nlri = '' }: UpdateHex): Uint8Array {
  const [first, second, third] = [bytesOf(withdrawn), bytesOf(attributes), bytesOf(nlri)];
  const length = 23 + first.length + second.length + third.length;
  const header = [...new Uint8Array(16).fill(0xff), length >> 8, length & 0xff, 2];
  const lengths = [first, second].map((field) => [field.length >> 8, field.length & 0xff]);
  return Uint8Array.of(...header, ...(lengths[0] ?? []), ...first, ...(lengths[1] ?? []), ...second, ...third);
}

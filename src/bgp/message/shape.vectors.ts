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

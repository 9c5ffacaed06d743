/** What one capability of an OPEN tells the generic driver (RFC 5492): its code, its length, its two halves. */
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { Capability } from '../types.ts';

type KnownCapability = Exclude<Capability, { kind: 'unknown' }>;
export type CapabilityKind = KnownCapability['kind'];
type CapabilityOf = { [K in CapabilityKind]: Extract<KnownCapability, { kind: K }> };

export interface CapabilityDescriptor<K extends CapabilityKind = CapabilityKind> {
  readonly code: number;
  readonly kind: K;
  /** As the registry writes it. */
  readonly name: string;
  /** The length of its value in bytes. */
  readonly length: number;
  readonly rfc: string;
  /** Reads a value of `length` bytes; `undefined` where it says something that we do not know, which is kept as bytes. */
  decode(reader: ByteReader): CapabilityOf[K] | undefined;
  encode(capability: CapabilityOf[K], writer: ByteWriter): void;
}

/** What one capability of an OPEN tells the generic driver (RFC 5492): its code, its lengths, its two halves. */
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { Capability } from '../types.ts';

type KnownCapability = Exclude<Capability, { kind: 'unknown' }>;
export type CapabilityKind = KnownCapability['kind'];
type CapabilityOf = { [K in CapabilityKind]: Extract<KnownCapability, { kind: K }> };

/** `fixed` bytes, and behind them any number of entries of `each` bytes. */
export interface CapabilityLength {
  readonly fixed: number;
  readonly each?: number;
}

export interface CapabilityDescriptor<K extends CapabilityKind = CapabilityKind> {
  readonly code: number;
  readonly kind: K;
  /** As the registry writes it. */
  readonly name: string;
  /** The lengths that its value may have. */
  readonly length: CapabilityLength;
  readonly rfc: string;
  /** Reads a value of a length that fits; `undefined` where it says something that we do not know, which is kept as bytes. */
  decode(reader: ByteReader): CapabilityOf[K] | undefined;
  encode(capability: CapabilityOf[K], writer: ByteWriter): void;
}

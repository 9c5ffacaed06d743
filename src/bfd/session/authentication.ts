/**
 * Authentication of one session: signs what we send, checks what we hear (RFC 5880 §6.7).
 *
 * Digests are over the whole packet with the key, padded with zeros, where the digest will stand. The sequence number keeps old
 * packets from being played back; the meticulous kinds move it with every packet, the others with every change of contents.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { bytesEqual } from '../../base/bytes.ts';
import type { Random } from '../../base/random.ts';
import { digestBytes } from '../packet/authentication-section.ts';
import { encodePacket } from '../packet/codec.ts';
import type { AuthenticationSection, ControlPacket, DigestType } from '../packet/types.ts';
import type { AuthenticationConfig } from '../types.ts';

/** The digest is the last field of the packet: header 24, type, length, key id, reserved, sequence number. */
const digestOffset = 32;

export class Authenticator {
  readonly #config: AuthenticationConfig;
  readonly #keys: ReadonlyMap<number, Uint8Array>;
  /** bfd.XmitAuthSeq: "initialized to a random 32-bit value" (RFC 5880 §6.8.1). */
  #transmitSequence: number;
  /** bfd.RcvAuthSeq; `undefined`: bfd.AuthSeqKnown is 0. */
  #receivedSequence: number | undefined;
  #lastContents: Uint8Array = new Uint8Array();

  constructor(config: AuthenticationConfig, random: Random) {
    this.#config = config;
    this.#keys = new Map(config.keys.map(({ id, secret }) => [id, new Uint8Array(Buffer.from(secret))]));
    this.#transmitSequence = random.below(0x1_0000_0000);
  }

  /** The packet's bytes with our authentication section. */
  sign(packet: ControlPacket): Uint8Array {
    const { type, keys } = this.#config;
    const keyId = keys[0].id;
    const key = this.#keys.get(keyId) as Uint8Array;
    if (type === 'simple-password') return encodePacket({ ...packet, authentication: { type, keyId, password: key } });
    const contents = encodePacket(packet);
    if (isMeticulous(type) || !bytesEqual(contents, this.#lastContents)) {
      this.#transmitSequence = (this.#transmitSequence + 1) >>> 0; // §6.7.3, §6.7.4: "in a circular fashion"
    }
    this.#lastContents = contents;
    const digest = padded(key, type);
    const bytes = encodePacket({
      ...packet,
      authentication: { type, keyId, sequence: this.#transmitSequence, digest },
    });
    bytes.set(digestOf(type, bytes), digestOffset);
    return bytes;
  }

  /** Why the packet in `bytes` is not to be believed; `undefined` where it is. Then its sequence number counts as seen. */
  reject(bytes: Uint8Array, section: AuthenticationSection, detectMultiplier: number): string | undefined {
    if (section.type !== this.#config.type) return `authentication is ${section.type}, not ${this.#config.type}`;
    const key = this.#keys.get(section.keyId);
    if (key === undefined) return `key id ${section.keyId} is unknown`;
    if (section.type === 'simple-password') {
      return sameSecret(section.password, key) ? undefined : 'the password is wrong';
    }
    const sequenceFault = this.#rejectSequence(section.type, section.sequence, detectMultiplier);
    if (sequenceFault !== undefined) return sequenceFault;
    const signed = Uint8Array.from(bytes.subarray(0, bytes[3])); // a copy, which Buffer's own `slice` is not
    signed.set(padded(key, section.type), digestOffset);
    if (!sameSecret(digestOf(section.type, signed), section.digest)) return 'the digest is wrong';
    this.#receivedSequence = section.sequence;
    return undefined;
  }

  /** §6.7.3, §6.7.4: within 3 × bfd.DetectMult ahead of the last, "when treated as an unsigned 32-bit circular number space". */
  #rejectSequence(type: DigestType, sequence: number, detectMultiplier: number): string | undefined {
    if (this.#receivedSequence === undefined) return undefined;
    const ahead = (sequence - this.#receivedSequence) >>> 0;
    if (ahead <= 3 * detectMultiplier && (ahead > 0 || !isMeticulous(type))) return undefined;
    return `sequence number ${sequence} is not ahead of ${this.#receivedSequence}, or too far`;
  }

  /** The peer was silent for so long that it may have started anew with another number (§6.8.1, bfd.AuthSeqKnown). */
  forgetSequence(): void {
    this.#receivedSequence = undefined;
  }
}

function isMeticulous(type: DigestType): boolean {
  return type === 'meticulous-keyed-md5' || type === 'meticulous-keyed-sha1';
}

function padded(key: Uint8Array, type: DigestType): Uint8Array {
  const bytes = new Uint8Array(digestBytes[type]);
  bytes.set(key.subarray(0, bytes.length));
  return bytes;
}

function digestOf(type: DigestType, bytes: Uint8Array): Uint8Array {
  return createHash(type.endsWith('md5') ? 'md5' : 'sha1')
    .update(bytes)
    .digest();
}

function sameSecret(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

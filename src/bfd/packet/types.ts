/**
 * A BFD Control packet as a value (RFC 5880 §4.1), and what is wrong with bytes that are none.
 *
 * Intervals are in microseconds, as on the wire, and say so in their names.
 */

/** RFC 5880 §4.1, in the order of their numbers on the wire. */
export const sessionStates = ['admin-down', 'down', 'init', 'up'] as const;
export type SessionState = (typeof sessionStates)[number];

export interface ControlPacket {
  readonly diagnostic: number;
  readonly state: SessionState;
  readonly poll: boolean;
  readonly final: boolean;
  /** The sender's forwarding outlives its control plane (RFC 5882 §4.3). */
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  readonly detectMultiplier: number;
  readonly myDiscriminator: number;
  /** 0: not known yet. */
  readonly yourDiscriminator: number;
  readonly desiredMinTxUs: number;
  /** 0: send nothing. */
  readonly requiredMinRxUs: number;
  readonly requiredMinEchoRxUs: number;
  readonly authentication?: AuthenticationSection;
}

/** RFC 5880 §4.2 to §4.4. */
export type AuthenticationSection =
  | { readonly type: 'simple-password'; readonly keyId: number; readonly password: Uint8Array }
  | {
      readonly type: DigestType;
      readonly keyId: number;
      readonly sequence: number;
      readonly digest: Uint8Array;
    };

export type DigestType = 'keyed-md5' | 'meticulous-keyed-md5' | 'keyed-sha1' | 'meticulous-keyed-sha1';
export type AuthenticationType = 'simple-password' | DigestType;

/** Why bytes are no BFD Control packet: BFD answers none of them (RFC 5880 §6.8.6 says "discard"), so this is for people. */
export interface PacketError {
  readonly offset: number;
  readonly field: string;
  readonly what: string;
}

export type Decoded =
  | { readonly ok: true; readonly packet: ControlPacket }
  | { readonly ok: false; readonly error: PacketError };

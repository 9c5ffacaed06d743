/**
 * How a decoder says "malformed": it throws a `MessageFault`, which the codec's one entry turns into a `MessageError` value.
 *
 * Why: a fault deep inside a list ends the whole read, and an exception does that without a check after each field. None
 * leaves the codec.
 */
import type { ErrorOutcome, MessageError } from './types.ts';

/** A `MessageError` with the parts that are most often the same left out. */
export interface FaultDetails {
  /** `session-reset` where absent. */
  readonly outcome?: ErrorOutcome;
  readonly code: number;
  readonly subcode: number;
  /** Empty where absent. */
  readonly data?: Uint8Array;
  readonly offset: number;
  readonly field: string;
  readonly what: string;
  readonly rfc: string;
}

export class MessageFault extends Error {
  readonly error: MessageError;

  constructor(details: FaultDetails) {
    super(details.what);
    this.name = 'MessageFault';
    this.error = messageError(details);
  }
}

/** Fills in what `details` leaves out. The data is copied, so that an error that is kept does not keep its message. */
export function messageError(details: FaultDetails): MessageError {
  const { outcome = 'session-reset', code, subcode, data, offset, field, what, rfc } = details;
  return { outcome, code, subcode, data: data?.slice() ?? new Uint8Array(0), offset, field, what, rfc };
}

/** Extended messages: the speaker takes messages of up to 65535 bytes (RFC 8654 §3). Layout: nothing. */
import type { CapabilityDescriptor } from './descriptor.ts';

export const extendedMessage: CapabilityDescriptor<'extended-message'> = {
  code: 6,
  kind: 'extended-message',
  name: 'BGP Extended Message',
  length: { fixed: 0 },
  rfc: 'RFC 8654 §3',
  decode: () => ({ kind: 'extended-message' }),
  encode: () => {},
};

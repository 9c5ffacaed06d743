/**
 * LOCAL_PREF: how much this AS likes the route; higher is better. It stays inside the AS.
 *
 * Layout (RFC 4271 §4.3): [u32]
 * Errors: from an external peer → discarded unread; malformed → treat-as-withdraw (RFC 7606 §7.5).
 */
import { type AttributeDescriptor, asItIs, wellKnown } from './descriptor.ts';
import { exactly } from './length-rules.ts';
import { checkedU32 } from './number.ts';
import { identical } from './same.ts';

export const localPreference: AttributeDescriptor<'localPreference'> = {
  type: 5,
  name: 'LOCAL_PREF',
  key: 'localPreference',
  flags: wellKnown,
  length: exactly(4),
  malformed: 'treat-as-withdraw',
  valueSubcode: 9,
  rfc: 'RFC 7606 §7.5',
  // RFC 4271 §5.1.5: never sent to an external peer, ignored from one.
  only: { where: (context) => !context.external, what: 'an external peer sent it', rfc: 'RFC 7606 §7.5' },
  decode: (reader) => reader.u32('value'),
  encode(value, writer) {
    writer.u32(checkedU32(value, 'LOCAL_PREF'));
  },
  json: asItIs,
  same: identical,
};

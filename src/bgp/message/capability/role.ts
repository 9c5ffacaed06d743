/**
 * BGP Role: what the speaker is to whom it sends this OPEN, so that both agree on who is whose customer.
 *
 * Layout (RFC 9234 §4.1): [role u8]
 * A role that is none is kept as bytes. Not here: pairs of roles that contradict each other, see session/.
 */
import { assert } from '../../../base/assert.ts';
import type { BgpRole } from '../types.ts';
import type { CapabilityDescriptor } from './descriptor.ts';

/** By their numbers. */
const roles: readonly BgpRole[] = ['provider', 'route-server', 'route-server-client', 'customer', 'peer'];

export const role: CapabilityDescriptor<'role'> = {
  code: 9,
  kind: 'role',
  name: 'BGP Role',
  length: { fixed: 1 },
  rfc: 'RFC 9234 §4.1',
  decode(reader) {
    const name = roles[reader.u8('role')];
    return name === undefined ? undefined : { kind: 'role', role: name };
  },
  encode(capability, writer) {
    const number = roles.indexOf(capability.role);
    assert(number !== -1, `${capability.role} is not a role`);
    writer.u8(number);
  },
};

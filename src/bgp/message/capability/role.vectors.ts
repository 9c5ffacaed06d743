/** Vectors of BGP Role. */
import type { CapabilityVectors } from '../shape.vectors.ts';
import { role } from './role.ts';

export const roleVectors: CapabilityVectors = {
  descriptor: role,
  good: [
    {
      name: 'provider',
      value: { kind: 'role', role: 'provider' },
      hex: `
        09  # code: BGP Role
        01  # length
        00  # provider`,
    },
    { name: 'route server', value: { kind: 'role', role: 'route-server' }, hex: '09 01 01' },
    { name: 'its client', value: { kind: 'role', role: 'route-server-client' }, hex: '09 01 02' },
    { name: 'customer', value: { kind: 'role', role: 'customer' }, hex: '09 01 03' },
    { name: 'peer', value: { kind: 'role', role: 'peer' }, hex: '09 01 04' },
    { name: 'none of them', value: { kind: 'unknown', code: 9, bytes: Uint8Array.of(5) }, hex: '09 01 05' },
  ],
  badValues: [{ name: 'a sibling', value: { kind: 'role', role: 'sibling' } }],
  badBytes: [
    { name: 'no byte', hex: '09 00', outcome: 'session-reset', subcode: 0, offset: 1 },
    { name: 'two bytes', hex: '09 02 0000', outcome: 'session-reset', subcode: 0, offset: 1 },
  ],
};

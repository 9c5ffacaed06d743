/** Vectors of ONLY_TO_CUSTOMER. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { onlyToCustomer } from './only-to-customer.ts';

export const onlyToCustomerVectors: AttributeVectors<'onlyToCustomer'> = {
  descriptor: onlyToCustomer,
  good: [
    {
      name: 'AS 64500',
      value: 64500,
      hex: `
        c0        # flags: optional, transitive
        23        # type: ONLY_TO_CUSTOMER
        04        # length
        0000fbf4  # AS 64500`,
    },
    {
      name: '4 octets from a peer of 2, too',
      value: 64500,
      hex: 'c0 23 04 0000fbf4',
      context: { fourOctetAsn: false },
    },
  ],
  badValues: [{ name: '33 bits', value: 2 ** 32 }],
  badBytes: [
    { name: 'two bytes', hex: 'c0 23 02 fbf4', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'none', hex: 'c0 23 00', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'eight bytes', hex: 'c0 23 08 0000fbf40000fbf4', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'Transitive missing', hex: '80 23 04 0000fbf4', outcome: 'treat-as-withdraw', subcode: 4, offset: 0 },
  ],
};

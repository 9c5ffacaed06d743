/** Vectors of ATOMIC_AGGREGATE. It has one value, so there is none that could be bad. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { atomicAggregate } from './atomic-aggregate.ts';

export const atomicAggregateVectors: AttributeVectors<'atomicAggregate'> = {
  descriptor: atomicAggregate,
  good: [
    {
      name: 'present',
      value: true,
      hex: `
        40  # flags: well-known, transitive
        06  # type: ATOMIC_AGGREGATE
        00  # length`,
    },
  ],
  badValues: [],
  badBytes: [
    { name: 'one byte', hex: '40 06 01 00', outcome: 'attribute-discard', subcode: 5, offset: 2 },
    { name: 'Optional set', hex: 'c0 06 00', outcome: 'treat-as-withdraw', subcode: 4, offset: 0 },
  ],
};

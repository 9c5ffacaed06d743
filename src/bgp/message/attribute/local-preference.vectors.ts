/** Vectors of LOCAL_PREF. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { localPreference } from './local-preference.ts';

export const localPreferenceVectors: AttributeVectors<'localPreference'> = {
  descriptor: localPreference,
  good: [
    {
      name: '100',
      value: 100,
      hex: `
        40        # flags: well-known, transitive
        05        # type: LOCAL_PREF
        04        # length
        00000064  # 100`,
    },
  ],
  badValues: [{ name: '33 bits', value: 2 ** 32 }],
  badBytes: [
    {
      name: 'from an external peer',
      hex: '40 05 04 00000064',
      context: { external: true },
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 0,
    },
    {
      name: 'malformed from an external peer: not even read',
      hex: 'c0 05 01 00',
      context: { external: true },
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 0,
    },
    { name: 'two bytes', hex: '40 05 02 0064', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'Optional set', hex: 'c0 05 04 00000064', outcome: 'treat-as-withdraw', subcode: 4, offset: 0 },
  ],
};

/** Vectors of Route Refresh. It has one value, so there is none that could be bad. */
import type { CapabilityVectors } from '../shape.vectors.ts';
import { routeRefresh } from './route-refresh.ts';

export const routeRefreshVectors: CapabilityVectors = {
  descriptor: routeRefresh,
  good: [
    {
      name: 'present',
      value: { kind: 'route-refresh' },
      hex: `
        02  # code: Route Refresh
        00  # length`,
    },
  ],
  badValues: [],
  badBytes: [{ name: 'one byte', hex: '02 01 00', outcome: 'session-reset', subcode: 0, offset: 1 }],
};

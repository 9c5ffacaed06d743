/** Vectors of Enhanced Route Refresh. It has one value, so there is none that could be bad. */
import type { CapabilityVectors } from '../shape.vectors.ts';
import { enhancedRouteRefresh } from './enhanced-route-refresh.ts';

export const enhancedRouteRefreshVectors: CapabilityVectors = {
  descriptor: enhancedRouteRefresh,
  good: [
    {
      name: 'present',
      value: { kind: 'enhanced-route-refresh' },
      hex: `
        46  # code: Enhanced Route Refresh
        00  # length`,
    },
  ],
  badValues: [],
  badBytes: [{ name: 'one byte', hex: '46 01 00', outcome: 'session-reset', subcode: 0, offset: 1 }],
};

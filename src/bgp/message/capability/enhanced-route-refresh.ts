/** Enhanced route refresh: the speaker marks where the answer to a refresh begins and ends (RFC 7313 §3.1). Layout: nothing. */
import type { CapabilityDescriptor } from './descriptor.ts';

export const enhancedRouteRefresh: CapabilityDescriptor<'enhanced-route-refresh'> = {
  code: 70,
  kind: 'enhanced-route-refresh',
  name: 'Enhanced Route Refresh',
  length: { fixed: 0 },
  rfc: 'RFC 7313 §3.1',
  decode: () => ({ kind: 'enhanced-route-refresh' }),
  encode: () => {},
};

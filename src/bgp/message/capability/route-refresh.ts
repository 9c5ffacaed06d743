/** Route refresh: the speaker sends its routes again when asked (RFC 2918 §2). Layout: nothing. */
import type { CapabilityDescriptor } from './descriptor.ts';

export const routeRefresh: CapabilityDescriptor<'route-refresh'> = {
  code: 2,
  kind: 'route-refresh',
  name: 'Route Refresh',
  length: { fixed: 0 },
  rfc: 'RFC 2918 §2',
  decode: () => ({ kind: 'route-refresh' }),
  encode: () => {},
};

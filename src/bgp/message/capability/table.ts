/**
 * The capabilities that we know. A new one is a file with its descriptor, its vectors beside it, a line here, and its shape in
 * the `Capability` union of `types.ts`.
 */
import type { CapabilityDescriptor } from './descriptor.ts';
import { fourOctetAsn } from './four-octet-asn.ts';
import { multiprotocol } from './multiprotocol.ts';
import { routeRefresh } from './route-refresh.ts';

export const capabilityTable: readonly CapabilityDescriptor[] = [multiprotocol, routeRefresh, fourOctetAsn];

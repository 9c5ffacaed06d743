/**
 * The capabilities that we know, in the order of their codes. A new one is a file with its descriptor, its vectors beside it, a
 * line here, and its shape in the `Capability` union of `types.ts`.
 */
import { addPath } from './add-path.ts';
import type { CapabilityDescriptor } from './descriptor.ts';
import { enhancedRouteRefresh } from './enhanced-route-refresh.ts';
import { extendedMessage } from './extended-message.ts';
import { extendedNextHop } from './extended-next-hop.ts';
import { fourOctetAsn } from './four-octet-asn.ts';
import { gracefulRestart } from './graceful-restart.ts';
import { longLivedGracefulRestart } from './long-lived-graceful-restart.ts';
import { multiprotocol } from './multiprotocol.ts';
import { role } from './role.ts';
import { routeRefresh } from './route-refresh.ts';

export const capabilityTable: readonly CapabilityDescriptor[] = [
  multiprotocol,
  routeRefresh,
  extendedNextHop,
  extendedMessage,
  role,
  gracefulRestart,
  fourOctetAsn,
  addPath,
  enhancedRouteRefresh,
  longLivedGracefulRestart,
];

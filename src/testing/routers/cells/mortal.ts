/** A speaker of ours in a process of its own, which can be killed: the kernel closes its connections, and no NOTIFICATION is sent. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { acceptAll } from '../../../bgp/policy/common.ts';
import type { PeerConfig } from '../../../bgp/speaker/types.ts';
import type { PeerTransport } from '../../../bgp/transport/types.ts';
import type { Address } from '../../../ip/address.ts';
import { address } from '../../bgp-routes.ts';
import { ours } from '../router.ts';
import type { Stage } from './stage.ts';

/** What the process is told; its values survive a structured clone. */
export interface MortalOrders {
  readonly asn: number;
  readonly routerId: Address;
  readonly peer: PeerConfig;
  readonly transport: PeerTransport;
  readonly announce: readonly string[];
}

export interface Mortal {
  kill(): Promise<void>;
}

/** It is in this process's namespace, since it is this process's child. */
export function startMortal({ cable, device }: Stage, peer: Partial<PeerConfig>, announce: readonly string[]): Mortal {
  const own = cable.ours.address;
  const orders: MortalOrders = {
    asn: ours.asn,
    routerId: address(own),
    peer: {
      id: 'router',
      peerAsn: device.abilities.asn,
      address: address(cable.theirs.address),
      holdTimeSeconds: 60,
      connectRetrySeconds: 0.3,
      families: ['ipv4-unicast', 'ipv6-unicast'],
      passive: false,
      importPolicy: acceptAll,
      exportPolicy: acceptAll,
      nextHops: { ipv4: address(own), ipv6: address(cable.ours.address6) },
      ...peer,
    },
    transport: { remote: { host: cable.theirs.address, port: 179 }, localAddress: own },
    announce,
  };
  const child = fork(resolve('src/testing/routers/cells/mortal-main.ts'), { serialization: 'advanced' });
  child.send(orders);
  return {
    async kill() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

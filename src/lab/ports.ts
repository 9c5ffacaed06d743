/**
 * Free local ports for the lab's listeners, outside the range from which the kernel takes ports of outgoing connections.
 *
 * Why: an edge that dies must get its port back when it restarts. A port of the ephemeral range (32768 and up on Linux,
 * 49152 and up elsewhere) may by then belong to one of the many connections that the lab makes.
 */
import { createServer } from 'node:net';
import { fail } from '../base/problem.ts';
import type { Random } from '../base/random.ts';

const first = 10_000;
const last = 32_767;

export type PortAllocator = () => Promise<number>;

/** An allocator that never gives the same port twice and asks the system whether each is free on 127.0.0.1. */
export function portAllocator(random: Random): PortAllocator {
  const given = new Set<number>();
  return async () => {
    for (let attempt = 0; attempt < 200; attempt++) {
      const port = first + random.below(last - first + 1);
      if (given.has(port)) continue;
      given.add(port);
      if (await portIsFree(port)) return port;
    }
    return fail({
      code: 'lab.no-free-port',
      what: `found no free port on 127.0.0.1 between ${first} and ${last} in 200 attempts`,
      fix: 'end programs that listen on many ports',
    });
  };
}

export function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Probes: asks each origin server that names a health path whether it is well, again and again. */
import type { Dispatcher } from 'undici';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { EdgeLimits } from '../limits.ts';
import type { OriginServer } from './origin-server.ts';

export const probeIntervalMs = 5_000;

/** Returns what stops them. Each starts at its own moment, so that thousands do not ask at once. */
export function startProbes(
  servers: readonly OriginServer[],
  parts: { readonly clock: Clock; readonly random: Random; readonly limits: EdgeLimits },
): () => void {
  const cancels = new Map<OriginServer, () => void>();
  for (const server of servers) {
    if (server.healthPath !== undefined) schedule(server, parts.random.next() * 500);
  }

  function schedule(server: OriginServer, delayMs: number): void {
    cancels.set(
      server,
      parts.clock.after(delayMs, () => {
        schedule(server, probeIntervalMs * (0.9 + 0.2 * parts.random.next()));
        probe(server, parts.limits);
      }),
    );
  }

  return () => {
    for (const cancel of cancels.values()) cancel();
  };
}

/** Good is any answer below 400 within two seconds: a redirect to a login page shows life too. */
function probe(server: OriginServer, limits: EdgeLimits): void {
  const client = server.acquire();
  let answer = 0;
  const judge = (good: boolean) => {
    server.health.probed(good);
    server.release(client);
  };
  const options: Dispatcher.DispatchOptions & { servername: string } = {
    path: server.basePath + server.healthPath,
    method: 'GET',
    headers: ['user-agent', 'nearcast-edge-probe'],
    headersTimeout: Math.min(2_000, limits.originHeadersMs),
    bodyTimeout: 2_000,
    servername: server.servername,
  };
  client.dispatch(options, {
    onConnect: () => {},
    onHeaders: (status) => {
      answer = status;
      return true;
    },
    onData: () => true,
    onComplete: () => judge(answer < 400),
    onError: () => judge(false),
  });
}

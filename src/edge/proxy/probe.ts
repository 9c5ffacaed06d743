/** Probes: asks each origin server that names a health path whether it is well, again and again. */
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { ResponseHandler } from '../origin/connection.ts';
import type { OriginServer } from './origin-server.ts';

export const probeIntervalMs = 5_000;
const probeTimeoutMs = 2_000;

/** Returns what stops them. Each starts at its own moment, so that thousands do not ask at once. */
export function startProbes(
  servers: readonly OriginServer[],
  parts: { readonly clock: Clock; readonly random: Random },
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
        probe(server, parts.clock);
      }),
    );
  }

  return () => {
    for (const cancel of cancels.values()) cancel();
  };
}

/** Good is any answer below 400 within two seconds: a redirect to a login page shows life too. */
function probe(server: OriginServer, clock: Clock): void {
  let connection = server.acquire();
  let answer = 0;
  let judged = false;
  let repeated = false;
  const judge = (good: boolean) => {
    if (judged) return;
    judged = true;
    cancel();
    if (good) server.release(connection);
    else connection.destroy();
    server.health.probed(good);
  };
  const cancel = clock.after(probeTimeoutMs, () => judge(false));
  const headers = ['host', server.authority, 'user-agent', 'nearcast-edge-probe'];
  const request = { method: 'GET', path: server.basePath + server.healthPath, headers, upgrade: '' };
  const handler: ResponseHandler = {
    head: ({ status }) => {
      answer = status;
    },
    data: () => true,
    silent: () => {},
    waiting: () => {},
    ended: () => judge(answer < 400),
    failed: ({ kind }) => {
      // A kept-alive connection that ended at this moment says nothing of the server.
      if (kind !== 'closed' || repeated || judged) return judge(false);
      repeated = true;
      connection = server.connect();
      connection.send(request, undefined, handler);
    },
    upgraded: () => judge(false),
  };
  connection.send(request, undefined, handler);
}

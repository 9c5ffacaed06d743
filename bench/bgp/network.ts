/**
 * Three hosts on one bridge in network namespaces: whoever sends and listens, a BIRD that holds a table, and the router that is
 * measured; and what each process of theirs has used.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, makeNamespace, type Namespace } from '../../src/testing/namespaces.ts';

export const addresses = { hub: '10.98.0.1', router: '10.98.0.2', feeder: '10.98.0.3', sink: '10.98.0.4' } as const;
export const asns = { hub: 65001, router: 65002, feeder: 65003, sink: 65004 } as const;
export type Host = keyof typeof addresses;

export interface BenchNetwork {
  /** Of the feeder and the sink, with the bridge. */
  readonly ends: Namespace;
  readonly hub: Namespace;
  readonly router: Namespace;
  remove(): void;
}

export function makeNetwork(): BenchNetwork {
  const [ends, hub, router] = [makeNamespace('ends'), makeNamespace('hub'), makeNamespace('router')];
  ends.run('ip', 'link', 'add', 'br0', 'type', 'bridge');
  for (const [device, namespace, host] of [['to-hub', hub, 'hub'] as const, ['to-router', router, 'router'] as const]) {
    connect(
      { namespace: ends, device, addresses: [] },
      { namespace, device: 'eth0', addresses: [`${addresses[host]}/24`] },
    );
    ends.run('ip', 'link', 'set', 'dev', device, 'master', 'br0');
  }
  for (const host of ['feeder', 'sink'] as const) {
    ends.run('ip', 'address', 'add', `${addresses[host]}/24`, 'dev', 'br0');
  }
  ends.run('ip', 'link', 'set', 'dev', 'br0', 'up');
  const remove = (): void => {
    for (const namespace of [ends, hub, router]) namespace.remove();
  };
  return { ends, hub, router, remove };
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']).toString());

/** User and system time of a process so far. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory of a process now. */
export function residentMegabytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000;
}

/** Waits until a process has used more CPU time than `after` and then next to none for `quietMs`; returns what it has used by then. */
export async function idle(
  pid: number,
  { after, quietMs, secondsAtMost }: { after: number; quietMs: number; secondsAtMost: number },
) {
  let [last, since] = [cpuSeconds(pid), performance.now()];
  for (const started = since; performance.now() - started < secondsAtMost * 1000; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = cpuSeconds(pid);
    if (now - last > 0.03) [last, since] = [now, performance.now()];
    else if (now >= after && performance.now() - since > quietMs) return now;
  }
  throw new Error(`process ${pid} is not done after ${secondsAtMost} s`);
}

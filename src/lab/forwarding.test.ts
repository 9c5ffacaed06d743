import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route } from '../bgp/rib/types.ts';
import { mustPrefix } from '../ip/prefix.ts';
import { type Adjacency, forwardingPath, type RouterView } from './forwarding.ts';

const address = { family: 4, bytes: Uint8Array.of(192, 0, 2, 1) } as const;

function router(bestPeer: string | undefined, asns: number[], adjacencies: Record<string, Adjacency>): RouterView {
  const route: Route | undefined =
    bestPeer === undefined
      ? undefined
      : {
          prefix: mustPrefix('192.0.2.0/24'),
          family: 'ipv4-unicast',
          source: { peer: bestPeer, asn: 1, routerId: address, address, external: true },
          nextHop: address,
          attributes: { asPath: [{ kind: 'sequence', asns }] },
        };
  return { lookup: () => route, adjacencies: new Map(Object.entries(adjacencies)) };
}

test('a path follows best routes hop by hop and adds up delays', () => {
  const routers = new Map([
    [10, router('b', [20, 64500], { b: { kind: 'network', asn: 20, delayMs: 5 } })],
    [20, router('p', [64500, 64500], { p: { kind: 'pop', pop: 'fra', delayMs: 0.5 } })],
  ]);
  const path = forwardingPath(routers, 10, address);
  assert.deepEqual(path, { reached: true, pop: 'fra', asPath: [10, 20, 64500], crossed: [10, 20], delayMs: 5.5 });
});

test('no route and a loop are told apart', () => {
  const routers = new Map([
    [10, router('b', [20], { b: { kind: 'network', asn: 20, delayMs: 1 } })],
    [20, router('a', [10], { a: { kind: 'network', asn: 10, delayMs: 1 } })],
    [30, router(undefined, [], {})],
  ]);
  assert.deepEqual(forwardingPath(routers, 10, address), { reached: false, why: 'loop', crossed: [10, 20, 10] });
  assert.deepEqual(forwardingPath(routers, 30, address), { reached: false, why: 'no-route', crossed: [30] });
});

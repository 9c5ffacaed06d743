import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Adjacency, buildAsGraph, numberOfAsn } from './as-graph.ts';
import { AsLinks, type LinkKind, linkKind } from './as-links.ts';

const { lateral, providerToCustomer } = linkKind;

function graphOf(links: readonly (readonly [number, number, LinkKind])[]) {
  const collected = new AsLinks();
  for (const link of links) collected.add(...link);
  return buildAsGraph(collected);
}

function neighbours(asns: Uint32Array, { start, list }: Adjacency, number: number): number[] {
  return [...list.subarray(start[number], start[number + 1])].map((other) => asns[other] as number);
}

test('neighbours stand in three lists, by ASN, and each link is counted once', () => {
  const { graph } = graphOf([
    [10, 30, providerToCustomer],
    [20, 30, providerToCustomer],
    [20, 10, lateral],
    [30, 5, providerToCustomer],
  ]);
  const number = numberOfAsn(graph);
  const of = (list: Adjacency, asn: number) => neighbours(graph.asns, list, number(asn) as number);
  assert.deepEqual(of(graph.providers, 30), [10, 20]);
  assert.deepEqual(of(graph.customers, 30), [5]);
  assert.deepEqual(of(graph.customers, 20), [30]);
  assert.deepEqual(of(graph.laterals, 10), [20]);
  assert.deepEqual(of(graph.laterals, 20), [10]);
  assert.equal(graph.links, 4);
  assert.equal(number(99), undefined);
});

test('doubles are counted, contradictions named, the first line wins', () => {
  const { graph, repairs } = graphOf([
    [1, 2, providerToCustomer],
    [1, 2, providerToCustomer],
    [3, 4, lateral],
    [4, 3, lateral],
    [2, 1, providerToCustomer],
    [1, 2, lateral],
  ]);
  assert.equal(repairs.duplicates, 2);
  assert.deepEqual(repairs.conflicts, [
    [2, 1],
    [1, 2],
  ]);
  assert.equal(graph.links, 2);
  assert.deepEqual(neighbours(graph.asns, graph.customers, numberOfAsn(graph)(1) as number), [2]);
});

test('a cycle of providers is opened, and what was opened is named', () => {
  const { graph, repairs } = graphOf([
    [1, 2, providerToCustomer],
    [2, 3, providerToCustomer],
    [3, 1, providerToCustomer],
    [3, 4, providerToCustomer],
  ]);
  assert.deepEqual(repairs.cycles, [[3, 1]]);
  const number = numberOfAsn(graph);
  assert.deepEqual(neighbours(graph.asns, graph.laterals, number(1) as number), [3]);
  assert.deepEqual(neighbours(graph.asns, graph.customers, number(3) as number), [4]);
});

test('whatever the links, every provider has a lower number than its customers, and no link is lost', () => {
  const anyLink = fc
    .tuple(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom(lateral, providerToCustomer),
    )
    .filter(([a, b]) => a !== b);
  fc.assert(
    fc.property(fc.array(anyLink, { maxLength: 200 }), (links) => {
      const { graph, repairs } = graphOf(links);
      const { providers, customers, laterals } = graph;
      for (let number = 0; number < graph.asns.length; number++) {
        for (let at = providers.start[number] as number; at < (providers.start[number + 1] as number); at++) {
          assert.ok((providers.list[at] as number) < number);
        }
      }
      assert.equal(providers.list.length, customers.list.length);
      assert.equal(graph.links, providers.list.length + laterals.list.length / 2);
      assert.equal(graph.links + repairs.duplicates + repairs.conflicts.length, links.length);
    }),
  );
});

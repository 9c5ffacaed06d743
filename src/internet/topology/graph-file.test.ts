import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../../base/problem.ts';
import { buildAsGraph } from './as-graph.ts';
import { AsLinks, linkKind } from './as-links.ts';
import { decodeGraph, encodeGraph, isGraphFile } from './graph-file.ts';

const links = new AsLinks();
links.add(1, 2, linkKind.providerToCustomer);
links.add(1, 3, linkKind.providerToCustomer);
links.add(2, 3, linkKind.lateral);
links.add(4_200_000_000, 3, linkKind.providerToCustomer);
const { graph } = buildAsGraph(links);
const bytes = encodeGraph(graph);

test('a graph written and read is the same graph, wherever its bytes lie', () => {
  assert.ok(isGraphFile(bytes));
  assert.deepEqual(decodeGraph(bytes, 'x'), graph);
  for (const shift of [1, 2, 3]) {
    const moved = new Uint8Array(bytes.length + shift);
    moved.set(bytes, shift);
    assert.deepEqual(decodeGraph(moved.subarray(shift), 'x'), graph);
  }
});

test('a file that is cut, damaged or something else is refused', () => {
  const refused = (changed: Uint8Array): void => {
    assert.throws(
      () => decodeGraph(changed, 'graph.bin'),
      (error) => error instanceof ProblemError && error.problems[0]?.code === 'internet.graph-file',
    );
  };
  for (let length = 0; length < bytes.length; length += 7) refused(bytes.subarray(0, length));
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] = (changed[at] as number) ^ 0x10;
    refused(changed);
  }
});

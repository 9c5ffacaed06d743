import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../../base/problem.ts';
import { seededRandom } from '../../base/random.ts';
import { randomGraph } from '../propagation/random-internet.vectors.ts';
import { buildAsGraph } from './as-graph.ts';
import { AsLinks, type LinkKind, linkKind } from './as-links.ts';
import { linksOf, overlay } from './overlay.ts';
import { addRouteServers, parseRouteServers } from './route-server.ts';

const { lateral, providerToCustomer } = linkKind;

function linksFrom(rows: readonly (readonly [number, number, LinkKind])[]): AsLinks {
  const links = new AsLinks();
  for (const row of rows) links.add(...row);
  return links;
}

function rowsOf(links: AsLinks): string[] {
  const { first, second, kind } = links.columns();
  return [...first].map((a, index) => `${a}|${second[index]}|${kind[index]}`);
}

test('declared links win over the base, and what they change is counted', () => {
  const base = linksFrom([
    [1, 2, providerToCustomer],
    [3, 2, lateral],
    [4, 2, lateral],
    [1, 5, lateral],
  ]);
  const declared = linksFrom([
    [2, 1, providerToCustomer],
    [2, 3, lateral],
    [2, 9, providerToCustomer],
  ]);
  const { links, added, changed } = overlay(base, declared);
  assert.deepEqual([added, changed], [1, 1]);
  assert.deepEqual(rowsOf(links), ['4|2|0', '1|5|0', '2|1|-1', '2|3|0', '2|9|-1']);
});

test('a graph’s links build the same graph', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const graph = randomGraph(seededRandom(seed), 40);
    const again = buildAsGraph(linksOf(graph)).graph;
    assert.deepEqual(new Set(again.asns), new Set(graph.asns));
    assert.deepEqual(new Set(rowsOf(linksOf(again)).map(sorted)), new Set(rowsOf(linksOf(graph)).map(sorted)));
  }
});

/** A lateral link has no direction. */
function sorted(row: string): string {
  const [a, b, kind] = row.split('|').map(Number) as [number, number, number];
  return kind === lateral && a > b ? `${b}|${a}|0` : row;
}

test('members of a route server peer with one another, but who has a relation or declines', () => {
  const links = linksFrom([[1, 2, providerToCustomer]]);
  const servers = parseRouteServers('# members\nFRA|1\nFRA|AS2\nFRA|3|!4\r\nFRA|4\nAMS|3\nAMS|1\n\n', 'rs.txt');
  assert.equal(addRouteServers(links, servers), 4);
  assert.deepEqual(rowsOf(links), ['1|2|-1', '1|3|0', '1|4|0', '2|3|0', '2|4|0']);
  assert.equal(addRouteServers(links, servers), 0);
});

test('lines that are no membership are all named', () => {
  assert.throws(
    () => parseRouteServers('FRA|1\nFRA\n|2\nFRA|x\nFRA|3|4\nFRA|5|!6', 'rs.txt'),
    (error) =>
      error instanceof ProblemError &&
      error.problems.map(({ where }) => where).join() === 'rs.txt:2,rs.txt:3,rs.txt:4,rs.txt:5',
  );
});

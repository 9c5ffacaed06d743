import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ProblemError } from '../base/problem.ts';
import { loadScenario } from './scenario.ts';

function copy(context: TestContext): {
  network: string;
  internet: string;
  change(file: string, from: string, to: string): void;
} {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-scenario-'));
  cpSync('examples/quickstart', directory, { recursive: true });
  context.after(() => rmSync(directory, { recursive: true }));
  return {
    network: join(directory, 'network.yaml'),
    internet: join(directory, 'internet.yaml'),
    change(file, from, to) {
      const text = readFileSync(file, 'utf8');
      assert.ok(text.includes(from), `${from} stands in ${file}`);
      writeFileSync(file, text.replace(from, to));
    },
  };
}

function codesOf(network: string, internet: string): string[] {
  try {
    loadScenario(network, internet);
    return [];
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    for (const { where, fix } of error.problems) assert.ok(where && fix, 'located, with a way to mend it');
    return error.problems.map(({ code }) => code);
  }
}

test('the quickstart loads: three PoPs, thirteen networks, seven vantages', (context) => {
  const { network, internet } = copy(context);
  const scenario = loadScenario(network, internet);
  assert.deepEqual(scenario.pops.map(({ pop }) => pop).sort(), ['fra', 'iad', 'sin']);
  assert.equal(scenario.topology.networks.size, 13);
  assert.equal([...scenario.topology.networks.values()].filter(({ vantage }) => vantage).length, 7);
  assert.deepEqual(scenario.warnings, []);
  // London to Frankfurt, some 640 km: about 5 ms one way.
  const link = scenario.topology.links.find(({ ends }) => ends.every(({ asn }) => asn === 65543 || asn === 65537));
  assert.ok(link && link.delayMs > 4 && link.delayMs < 6, String(link?.delayMs));
});

for (const [what, from, to, codes] of [
  ['an unknown location', 'Frankfurt, DE', 'Frankfort, DE', ['lab.location']],
  ['a link to a network that is not there', 'customer: 65543', 'customer: 65999', ['lab.link-unknown-network']],
  ['a link to itself', '[65536, 65537]', '[65536, 65536]', ['lab.link-to-itself']],
  ['a link given twice', '[65536, 65538]', '[65537, 65536]', ['lab.link-twice']],
  ['two vantages of one name', 'vantage: tokyo', 'vantage: london', ['lab.vantage']],
  ['an unknown key', 'vantage: tokyo', 'vantages: tokyo', ['network.unknown-key']],
] as const) {
  test(`the internet file: ${what}`, (context) => {
    const { network, internet, change } = copy(context);
    change(internet, from, to);
    assert.deepEqual(codesOf(network, internet), codes);
  });
}

test('an upstream that the Internet does not have', (context) => {
  const { network, internet, change } = copy(context);
  change(network, 'peerAsn: 65537', 'peerAsn: 65550');
  assert.deepEqual(codesOf(network, internet), ['lab.upstream-unknown', 'lab.upstream-unknown']);
});

test('no internet file', (context) => {
  const { network } = copy(context);
  assert.deepEqual(codesOf(network, `${network}.none`), ['lab.file-unreadable']);
});

test('problems of both files come together', (context) => {
  const { network, internet, change } = copy(context);
  change(network, 'asn: 64500', 'asn: 0');
  change(internet, 'Frankfurt, DE', 'Frankfort, DE');
  assert.deepEqual(codesOf(network, internet), ['network.asn-zero', 'lab.location']);
});

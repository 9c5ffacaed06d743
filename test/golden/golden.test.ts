/**
 * Golden texts: what `nearcast check` says of each network file in this folder, and what a good one compiles to.
 *
 * Why: error texts are the interface that an operator meets on a bad day, so a change of one is a change to be seen.
 * What is not even YAML is called `.broken`, so that no formatter minds it. `UPDATE=1 node --test test/golden/` rewrites the expectations.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { formatProblem } from '../../src/base/problem.ts';
import { compileNetwork } from '../../src/network/compile.ts';
import { loadNetwork } from '../../src/network/document.ts';
import { describeNetwork, summarize } from '../../src/network/summary.ts';

const folder = new URL('./', import.meta.url);

/** No folder but ./site exists, so that goldens do not hang on the machine. */
const files = { kindOf: (path: string) => (path === './site' ? ('directory' as const) : ('missing' as const)) };

function told(name: string, bytes: Uint8Array): string {
  const result = loadNetwork(bytes, { file: name, files, production: name.startsWith('production-') });
  const problems = (result.ok ? result.warnings : result.problems).map(formatProblem);
  if (!result.ok) return `${problems.join('\n\n')}\n`;
  const compiled = compileNetwork(result.value);
  const parts = [...problems, describeNetwork(summarize(result.value, compiled)), JSON.stringify(compiled, null, 2)];
  return `${parts.join('\n\n')}\n`;
}

function compare(expectation: URL, actual: string): void {
  if (process.env.UPDATE === '1') writeFileSync(expectation, actual);
  assert.equal(actual, readFileSync(expectation, 'utf8'), 'UPDATE=1 rewrites the golden texts');
}

const names = readdirSync(folder).filter((name) => /\.(yaml|broken)$/.test(name));

test('the folder has its files', () => {
  assert.ok(names.length >= 5, names.join(', '));
});

for (const name of names) {
  test(`golden: ${name}`, () => {
    compare(new URL(name.replace(/\.[a-z]+$/, '.txt'), folder), told(name, readFileSync(new URL(name, folder))));
  });
}

test('golden: the quickstart network', () => {
  const bytes = readFileSync(new URL('../../examples/quickstart/network.yaml', import.meta.url));
  compare(new URL('quickstart.txt', folder), told('network.yaml', bytes));
});

test('ten different mistakes are all reported, each with another code, line and way to mend it', () => {
  const result = loadNetwork(readFileSync(new URL('ten-mistakes.yaml', folder)), { file: 'ten-mistakes.yaml', files });
  assert.ok(!result.ok);
  const errors = result.problems.filter(({ severity }) => severity === 'error');
  assert.equal(errors.length, 10);
  assert.equal(new Set(errors.map(({ code }) => code)).size, 10);
  for (const { where, fix } of errors) {
    assert.match(where ?? '', /^ten-mistakes\.yaml:\d+:\d+ {2}\S+/);
    assert.ok(fix !== undefined);
  }
});

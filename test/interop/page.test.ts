/** `docs/interop.md` says what is proven with which router: it is what the suites run, no more and no less. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { features } from '../../src/testing/routers/features.ts';
import { elsewhereFiles, interopPage, provenFeatures } from '../../src/testing/routers/page.ts';

const page = 'docs/interop.md';

test('the page is what the suites run', () => {
  if (process.env.UPDATE === '1') writeFileSync(page, interopPage());
  assert.equal(readFileSync(page, 'utf8'), interopPage(), 'UPDATE=1 node --test test/interop/page.test.ts rewrites it');
});

test('each feature has one case, and each other row a test', () => {
  assert.deepEqual(provenFeatures.toSorted(), Object.keys(features).sort());
  assert.deepEqual(
    elsewhereFiles.filter((file) => !existsSync(file)),
    [],
  );
});

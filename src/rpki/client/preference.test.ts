import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CacheView, chooseCache } from './preference.ts';

const fresh: CacheView = { inSync: false, hasData: false, failed: false };
const failed: CacheView = { inSync: false, hasData: false, failed: true };
const inSync: CacheView = { inSync: true, hasData: true, failed: false };
const lost: CacheView = { inSync: false, hasData: true, failed: true };

const choose = (caches: readonly CacheView[], inUse?: number): string => {
  const { use, run } = chooseCache(caches, inUse);
  return `use ${use}, run ${run.map((each) => (each ? 'x' : '-')).join('')}`;
};

test('the first alone is tried, then the next once it has failed', () => {
  assert.equal(choose([fresh, fresh, fresh]), 'use undefined, run x--');
  assert.equal(choose([failed, fresh, fresh]), 'use undefined, run xx-');
  assert.equal(choose([failed, failed, fresh]), 'use undefined, run xxx');
  assert.equal(choose([failed, failed, failed]), 'use undefined, run xxx');
});

test('the most preferred in sync is used, those before it go on trying, those behind it stop', () => {
  assert.equal(choose([failed, inSync, inSync], 2), 'use 1, run xx-');
  assert.equal(choose([inSync, inSync, fresh], 1), 'use 0, run x--');
});

test('data of a lost cache stays in use until another is in sync', () => {
  assert.equal(choose([lost, fresh], 0), 'use 0, run xx');
  assert.equal(choose([lost, inSync], 0), 'use 1, run xx');
  assert.equal(choose([lost, lost], 1), 'use 1, run xx', 'what was in use last is the newest');
  assert.equal(choose([failed, fresh, lost], 2), 'use 2, run xxx', 'its session keeps its data');
  assert.equal(choose([failed, failed], 0), 'use undefined, run xx', 'expired');
});

test('no caches, nothing to do', () => {
  assert.equal(choose([]), 'use undefined, run ');
});

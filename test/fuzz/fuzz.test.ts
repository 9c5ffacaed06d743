/** A short run of `npm run fuzz`, and that a run does find what is wrong: throws, wrong answers, and which input it was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthOf, runFuzz } from '../../scripts/fuzz/run.ts';
import { fuzzTargets } from '../../scripts/fuzz/table.ts';
import type { FuzzTarget } from '../../scripts/fuzz/target.ts';

for (const target of fuzzTargets) {
  test(`${target.name}: 3,000 mutated inputs`, () => {
    const { failures } = runFuzz({ target, seed: 1, count: 3_000 });
    assert.deepEqual(
      failures,
      [],
      `reproduce: npm run fuzz -- --only ${target.name} --seed ${failures[0]?.seed} --count 1`,
    );
  });
}

test('a decoder that throws or answers wrongly is found, and its input made again from its seed', () => {
  const target: FuzzTarget = {
    name: 'broken',
    summary: 'throws at one byte, is wrong at another',
    samples: () => [
      {
        bytes: new Uint8Array(32),
        check(input) {
          if (input.includes(0xee)) throw new Error('ee');
          return input.includes(0xdd) ? 'dd' : undefined;
        },
      },
    ],
  };
  const { failures } = runFuzz({ target, seed: 1, count: 20_000 });
  assert.ok(failures.some(({ what }) => what.startsWith('threw Error: ee')));
  assert.ok(failures.some(({ what }) => what === 'dd'));
  for (const failure of failures) {
    assert.deepEqual(runFuzz({ target, seed: failure.seed ?? 0, count: 1 }).failures[0]?.hex, failure.hex);
  }
});

test('a decoder that keeps what it was given is found', () => {
  const kept: Uint8Array[] = [];
  const target: FuzzTarget = {
    name: 'leaking',
    summary: 'keeps 2 KB an input',
    samples: () => [
      {
        bytes: new Uint8Array(32),
        check() {
          kept.push(new Uint8Array(2048));
          return undefined;
        },
      },
    ],
  };
  assert.ok(growthOf(runFuzz({ target, seed: 1, count: 12_000 })) > 5e6);
  assert.ok(kept.length > 0);
});

test('a decoder that takes long for some inputs is found', () => {
  const target: FuzzTarget = {
    name: 'slow',
    summary: 'counts to many at one byte',
    samples: () => [
      {
        bytes: new Uint8Array(8),
        check(input) {
          if (!input.includes(0xee)) return undefined;
          const before = process.threadCpuUsage();
          while (process.threadCpuUsage(before).user < 80_000);
          return undefined;
        },
      },
    ],
  };
  const { failures } = runFuzz({ target, seed: 1, count: 300 });
  assert.match(failures[0]?.what ?? '', /^takes [0-9]+ ms or more for [0-9]+ bytes$/);
});

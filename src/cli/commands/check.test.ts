/** The command as a process: what it prints, where, and how it ends. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exitCode } from '../../base/exit-codes.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const quickstart = fileURLToPath(new URL('../../../examples/quickstart/network.yaml', import.meta.url));

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
}

test('a good file: warnings, a summary, 0', () => {
  const { status, stdout, stderr } = run('check', quickstart);
  assert.equal(status, exitCode.ok, stderr);
  assert.match(stdout, /network quickstart, AS 64500/);
  assert.match(stdout, /no errors, 3 warnings\n$/);
  assert.equal(stderr, '');
});

test('--production makes errors of what is for a lab, and --json says all of it', () => {
  const { status, stdout } = run('check', '--production', '--json', quickstart);
  assert.equal(status, exitCode.invalidInput);
  const result = JSON.parse(stdout) as { ok: boolean; problems: { code: string; severity: string; where: string }[] };
  assert.equal(result.ok, false);
  assert.ok(result.problems.some(({ code, severity }) => code === 'network.asn-documentation' && severity === 'error'));
});

test('a file that cannot be read is a problem as well', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nearcast-check-'));
  try {
    const missing = run('check', join(folder, 'none.yaml'));
    assert.equal(missing.status, exitCode.invalidInput);
    assert.match(missing.stdout, /does not exist/);
    assert.match(run('check', folder).stdout, /is a directory/);
    writeFileSync(join(folder, 'network.yaml'), 'services: { docs: { kind: static, directory: ./gone } }\n');
    const { stdout, status } = run('check', join(folder, 'network.yaml'));
    assert.equal(status, exitCode.invalidInput);
    assert.match(stdout, /the directory \.\/gone does not exist/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('schema prints JSON', () => {
  const { status, stdout } = run('schema');
  assert.equal(status, exitCode.ok);
  assert.equal((JSON.parse(stdout) as { type: string }).type, 'object');
});

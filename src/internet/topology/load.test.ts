import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { nearcastBinary } from '../../testing/lab-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'nearcast-internet-'));
after(() => rmSync(directory, { recursive: true }));

function nearcast(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(nearcastBinary, ['internet', ...args], { timeout: 60_000 });
  return { status, out: stdout.toString(), err: stderr.toString() };
}

function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const sample = '# a comment\n1|2|-1|bgp\n1|3|-1|bgp\n2|3|0|bgp\n3|4|-1|bgp\n';

test('plain, gzip and graph files give the same Internet', () => {
  const plain = fileOf('as-rel.txt', sample);
  const graph = join(directory, 'internet.graph');
  assert.equal(nearcast('convert', plain, graph).status, 0);
  for (const topology of [plain, fileOf('as-rel.gz', gzipSync(sample)), graph]) {
    const { status, out } = nearcast('propagate', '--topology', topology, '--origin', '4', '--json');
    assert.equal(status, 0);
    const { milliseconds, ...rest } = JSON.parse(out) as Record<string, number>;
    assert.ok((milliseconds as number) >= 0);
    assert.deepEqual(rest, { ases: 4, links: 4, reached: 4, pathLengthSum: 1 + 2 + 3 + 3 });
  }
});

test('own links and route servers are laid over a topology', () => {
  const plain = fileOf('as-rel.txt', sample);
  const graph = join(directory, 'known.graph');
  const links = fileOf('own.txt', '3|2|-1\n4|5|-1\n');
  const servers = fileOf('servers.txt', 'FRA|4\nFRA|2\n');
  const { status, out } = nearcast('convert', plain, graph, '--links', links, '--route-servers', servers);
  assert.equal(status, 0);
  assert.match(out, /1 links added, 1 changed[\s\S]*1 links added by 1 route servers[\s\S]*5 ASes, 6 links/);
  assert.equal(nearcast('convert', plain, graph, '--route-servers', join(directory, 'none')).status, 3);
  const wrong = nearcast('convert', plain, graph, '--route-servers', fileOf('wrong.txt', 'FRA|4\nFRA;5\n'));
  assert.equal(wrong.status, 3);
  assert.match(wrong.err, /wrong\.txt:2/);
});

test('bench measures both engines', () => {
  const { status, out } = nearcast('bench', '--topology', fileOf('as-rel.txt', sample), '--json');
  assert.equal(status, 0);
  const result = JSON.parse(out) as Record<string, number>;
  assert.deepEqual(Object.keys(result), [
    'scalarMillisecondsPerConfiguration',
    'batchMillisecondsPerConfiguration',
    'configurations',
    'stateBytes',
  ]);
  assert.ok(Object.values(result).every((value) => value >= 0));
  assert.equal(nearcast('bench', '--topology', fileOf('peers.txt', '1|2|0\n')).status, 3);
});

test('what cannot be used is a clear error', () => {
  const plain = fileOf('as-rel.txt', sample);
  for (const [args, status, text] of [
    [['--topology', join(directory, 'none'), '--origin', '1'], 3, /file\.unreadable/],
    [
      ['--topology', fileOf('page.html', '<html>\n<body>\n'), '--origin', '1'],
      3,
      /page\.html:1[\s\S]*internet\.no-links/,
    ],
    [['--topology', fileOf('cut.gz', gzipSync(sample).subarray(0, 30)), '--origin', '1'], 3, /internet\.file-damaged/],
    [['--topology', plain, '--origin', '64500'], 3, /AS64500 is not in the topology/],
    [['--topology', plain, '--origin', 'x'], 2, /"x" is no AS number/],
  ] as const) {
    const result = nearcast('propagate', ...args);
    assert.equal(result.status, status, result.err);
    assert.match(result.err, text);
  }
});

const data = join('..', 'shared', 'data', 'as-rel');
const missing = existsSync(data) ? undefined : `the AS relationship files are not at ${data}`;
if (missing !== undefined) console.error(`SKIPPED, the real Internet's known constants: ${missing}`);

describe('the real Internet', { skip: missing }, () => {
  for (const [file, ases, links, reached, pathLengthSum] of [
    ['20250901.as-rel2.txt.bz2', 78_643, 570_696, 78_226, 385_797],
    ['20191201.as-rel2.txt.bz2', 67_026, 432_411, 66_603, 470_981],
  ] as const) {
    test(`${file}: the constants on which four other programs agree`, () => {
      const topology = join(data, file);
      assert.ok(readFileSync(topology).length > 1_000_000);
      const out = execFileSync(nearcastBinary, [
        'internet',
        'propagate',
        '--topology',
        topology,
        '--origin',
        '30118',
        '--json',
      ]);
      const { milliseconds: _, ...rest } = JSON.parse(out.toString()) as Record<string, number>;
      assert.deepEqual(rest, { ases, links, reached, pathLengthSum });
    });
  }
});

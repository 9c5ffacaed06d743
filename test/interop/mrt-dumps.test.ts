/**
 * Dumps that BIRD wrote of a live session with add-path and IPv6, tables and updates, printed line by line as bgpdump prints them.
 * What some lines say is known, so that two empty outputs do not agree by accident.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { jsonOf, linesOf } from '../../src/testing/mrt.ts';
import { makeNamespace, type Namespace, namespacesUnavailable, programPath } from '../../src/testing/namespaces.ts';
import { waitFor } from '../../src/testing/wait.ts';

const missing = ['bird', 'bgpdump'].filter((name) => programPath(name) === undefined);
const unavailable =
  namespacesUnavailable() ?? (missing.length > 0 ? `missing: ${missing.join(', ')}: npm run test:setup` : undefined);
if (unavailable !== undefined) console.error(`SKIPPED, MRT dumps of BIRD: ${unavailable}`);

const channels =
  'ipv4 { import all; export all; add paths on; }; ipv6 { import all; export all; next hop address 2001:db8:ff::1; };';

const bird = (directory: string, name: string, body: string): string => `
log "${directory}/${name}.log" all;
mrtdump "${directory}/${name}-updates.mrt";
mrtdump protocols { states, messages };
protocol device {}
protocol mrt { table "master*"; filename "${directory}/${name}-%N.mrt"; period 1; }
${body}`;

const origin = `
router id 10.77.0.1;
protocol static s4 {
  ipv4;
  route 10.1.0.0/16 blackhole {
    bgp_path.prepend(65001); bgp_path.prepend(70000);
    bgp_community.add((65000,1)); bgp_community.add((65535,65281));
    bgp_large_community.add((65000,1,2)); bgp_ext_community.add((rt,65000,5));
  };
  route 10.2.0.0/15 blackhole;
  route 0.0.0.0/0 blackhole;
  route 192.0.2.128/25 blackhole { bgp_origin = ORIGIN_INCOMPLETE; };
}
protocol static s6 { ipv6; route 2001:db8::/32 blackhole { bgp_path.prepend(65001); }; route ::/0 blackhole; }
protocol bgp a {
  local 127.0.0.1 port 17901 as 65010; neighbor 127.0.0.2 port 17902 as 4200000001;
  multihop; connect delay time 1; connect retry time 1; error wait time 1, 2; ${channels}
}`;

const receiver = `
router id 10.77.0.2;
protocol bgp a {
  local 127.0.0.2 port 17902 as 4200000001; neighbor 127.0.0.1 port 17901 as 65010;
  multihop; connect delay time 1; connect retry time 1; error wait time 1, 2; ${channels}
}`;

describe('dumps of BIRD', { skip: unavailable, timeout: 120_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-mrt-'));
  const path = (name: string): string => join(directory, name);
  let host: Namespace;

  const lines = (name: string): string[] => {
    try {
      return linesOf(readFileSync(path(name))).lines;
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return []; // not yet written
      throw error;
    }
  };

  before(async () => {
    host = makeNamespace('mrt');
    writeFileSync(path('origin.conf'), bird(directory, 'origin', origin));
    writeFileSync(path('receiver.conf'), bird(directory, 'receiver', receiver));
    for (const name of ['origin', 'receiver']) {
      host.start('bird', ['-f', '-c', path(`${name}.conf`), '-s', path(`${name}.ctl`), '-P', path(`${name}.pid`)]);
    }
    const has = (name: string, kind: string): boolean => lines(name).some((line) => line.includes(kind));
    await waitFor('announcements in the updates', () => has('receiver-updates.mrt', '|A|'), 60_000);
    const tables = () => has('receiver-master4.mrt', '|10.1.0.0/16|') && has('receiver-master6.mrt', '|::/0|');
    await waitFor('routes in the tables', tables, 20_000);
    // Kept: the next dump of the table overwrites it.
    for (const family of ['4', '6']) copyFileSync(path(`receiver-master${family}.mrt`), path(`full${family}.mrt`));
    host.run('birdc', '-s', path('origin.ctl'), 'disable', 's4');
    await waitFor('withdrawals in the updates', () => has('receiver-updates.mrt', '|W|'), 20_000);
    host.run('birdc', '-s', path('origin.ctl'), 'disable', 'a');
    const down = () => lines('receiver-updates.mrt').some((line) => /STATE\|[^|]+\|65010\|6\|/.test(line));
    await waitFor('the end of the session', down);
  });

  after(() => {
    host.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  test('every file, as bgpdump prints it', () => {
    const files = readdirSync(directory).filter((name) => name.endsWith('.mrt'));
    assert.ok(files.length >= 6, files.join(' '));
    let compared = 0;
    for (const name of files) {
      // A copy: the routers still write.
      const stream = readFileSync(path(name));
      writeFileSync(path('copy'), stream);
      const { status, stdout } = spawnSync('bgpdump', ['-m', path('copy')], { encoding: 'latin1' });
      assert.equal(status, 0, name);
      const printed = linesOf(stream);
      assert.deepEqual(printed.faults, [], name);
      assert.deepEqual(printed.lines, stdout === '' ? [] : stdout.trimEnd().split('\n'), name);
      compared += printed.lines.length;
    }
    assert.ok(compared >= 30, `${compared} lines`);
  });

  test('what BIRD learned is there, with add-path, in lines and as JSON', () => {
    const stream = readFileSync(path('receiver-updates.mrt'));
    const line = linesOf(stream).lines.find((text) => text.includes('|A|') && text.includes('|10.1.0.0/16|')) ?? '';
    assert.match(
      line,
      /^BGP4MP(_ET)?_AP\|[\d.]+\|A\|127\.0\.0\.1\|65010\|10\.1\.0\.0\/16\|\d+\|65010 70000 65001\|IGP\|127\.0\.0\.1\|0\|0\|65000:1 no-export\|NAG\|\|$/,
    );
    const route = jsonOf(stream).objects.find(
      ({ type, prefix }) => type === 'announce' && prefix === '10.1.0.0/16',
    ) as {
      attributes: Record<string, unknown>;
    };
    assert.deepEqual(route.attributes.largeCommunities, ['65000:1:2']);
    assert.deepEqual(route.attributes.extendedCommunities, ['rt:65000:5']);
  });
});

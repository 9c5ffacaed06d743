/**
 * A BGP session that falls with its BFD session, between the embedded announcer and BIRD: hold times of 90 s and more, a peer
 * that goes silent, and either side closes within the detection time.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import type { AnnouncerPlan, SessionStatus } from '../../src/announcer/announcer.ts';
import { connect, makeNamespace, namespacesUnavailable, programPath } from '../../src/testing/namespaces.ts';
import { signalFamily } from '../../src/testing/signal-family.ts';
import { waitFor } from '../../src/testing/wait.ts';

const bird = programPath('bird');
const unavailable =
  namespacesUnavailable() ?? (bird === undefined ? 'BIRD 2 is missing: npm run test:setup' : undefined);
if (unavailable !== undefined) console.error(`SKIPPED, interop of BFD with BGP: ${unavailable}`);

const intervalMs = 50;

const birdConfig = (directory: string, strict: boolean): string => `
log "${join(directory, 'bird.log')}" all;
router id 10.0.0.2;
protocol device { }
${strict ? 'protocol bfd { interface "*" { interval 50 ms; multiplier 3; }; }' : ''}
protocol bgp pop {
  local 10.0.0.2 as 65536;
  neighbor 10.0.0.1 as 64500;
  hold time 240;
  connect delay time 1;
  error wait time 1, 2;
  ${strict ? 'bfd on;' : ''}
  ipv4 { import all; export none; };
}
`;

const plan: AnnouncerPlan = {
  asn: 64500,
  routerId: '10.0.0.1',
  sessions: [
    {
      name: 'fra/0/ipv4',
      family: 4,
      peerAsn: 65536,
      neighborAddress: '10.0.0.2',
      neighborPort: 179,
      sourceAddress: '10.0.0.1',
      holdTimeSeconds: 90,
      bfd: { intervalMs, multiplier: 3, strict: true },
      announcements: [{ prefix: '192.0.2.0/24', prepend: 0, communities: [], largeCommunities: [] }],
    },
  ],
};

describe('BGP with BFD beside it, with BIRD', { skip: unavailable, timeout: 90_000 }, () => {
  test('strict: no session before BFD is up; silence ends it on either side; and it comes back', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'nearcast-bfd-bgp-'));
    const [us, them] = [makeNamespace('us'), makeNamespace('them')];
    t.after(() => {
      for (const namespace of [us, them]) namespace.remove();
      rmSync(directory, { recursive: true, force: true });
    });
    connect(
      { namespace: us, device: 'us0', addresses: ['10.0.0.1/24'] },
      { namespace: them, device: 'them0', addresses: ['10.0.0.2/24'] },
    );

    const configuration = join(directory, 'bird.conf');
    writeFileSync(configuration, birdConfig(directory, false));
    const control = join(directory, 'bird.ctl');
    const theirs = them.start(bird as string, ['-f', '-c', configuration, '-s', control]);
    const birdc = (...words: string[]) => them.run('birdc', '-s', control, ...words);
    await waitFor('BIRD to answer', () => birdc('show', 'status').includes('Daemon is up'));
    const hasRoute = () => /192\.0\.2\.0\/24/.test(birdc('show', 'route'));

    const main = resolve('src/testing/announcer-main.ts');
    const ours = us.start(process.execPath, [main, JSON.stringify(plan)]);
    const told: { at: number; sessions: readonly SessionStatus[]; problems: readonly unknown[] }[] = [];
    if (ours.stdout === null) assert.fail('no output');
    createInterface(ours.stdout).on('line', (line) => told.push(JSON.parse(line)));
    const phase = () => told.at(-1)?.sessions[0]?.phase;

    await waitFor('BIRD to try', () => birdc('show', 'protocols').includes('refused'), 20_000);
    assert.equal(phase(), 'idle', 'BIRD has no BFD yet, and its connection was refused');

    writeFileSync(configuration, birdConfig(directory, true));
    birdc('configure');
    await waitFor('the session', () => phase() === 'established', 20_000);
    await waitFor('the route', hasRoute);
    assert.match(birdc('show', 'bfd', 'sessions'), /10\.0\.0\.1\s.*\bUp\b/);

    const silentAt = Date.now();
    theirs.kill('SIGSTOP');
    const fallen = await waitFor('our session to fall', () => (phase() === 'established' ? undefined : told.at(-1)));
    assert.match(fallen.sessions[0]?.lastDown ?? '', /BFD/);
    assert.ok(fallen.at - silentAt < 3 * intervalMs + 500, `after ${fallen.at - silentAt} ms, not a hold time`);
    theirs.kill('SIGCONT');
    await waitFor('the route again', () => phase() === 'established' && hasRoute(), 20_000);

    signalFamily(ours, 'SIGSTOP');
    await waitFor('the route to leave BIRD', () => !hasRoute());
    signalFamily(ours, 'SIGCONT');
    await waitFor('the route again', () => phase() === 'established' && hasRoute(), 20_000);
    assert.deepEqual(told.at(-1)?.problems, []);
  });
});

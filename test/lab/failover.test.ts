/** The main job, end to end: users land at the nearest PoP, move when it dies, and come back; whatever dies, and how. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { get, type LabProcess, startLabProcess } from '../../src/testing/lab-process.ts';
import { waitFor } from '../../src/testing/wait.ts';

/** Where the quickstart's users land by the best BGP path, and where London's go without Frankfurt. */
const landing: Readonly<Record<string, string>> = {
  'new-york': 'iad',
  rio: 'iad',
  london: 'fra',
  nairobi: 'fra',
  tokyo: 'sin',
  mumbai: 'sin',
  melbourne: 'sin',
};

describe('a network on one machine', { timeout: 170_000 }, () => {
  let lab: LabProcess;
  before(async () => {
    lab = await startLabProcess();
  });
  after(() => lab?.end());

  const popAnswering = async (
    vantage: string,
    { host = 'docs.example.com', timeoutMs = 1_500 } = {},
  ): Promise<string | undefined> => (await get(`${lab.vantageUrl(vantage)}/`, { host, timeoutMs })).pop;
  const londonLandsAt = (pop: string, deadlineMs = 15_000): Promise<unknown> =>
    waitFor(`London to land at ${pop}`, async () => (await popAnswering('london')) === pop, deadlineMs);
  const fra = async () => {
    const pop = (await lab.status()).pops.find(({ name }) => name === 'fra');
    assert.ok(pop, 'fra is in the status');
    return pop;
  };
  const fraAnnounces = (): Promise<unknown> =>
    waitFor('fra to announce', async () => (await fra()).phase === 'announcing', 20_000);
  /** Control hears of a new process a moment after its routes and answers are there, and has the old one's words until then. */
  const fraAnnouncesAnew = (old: { agentPid?: number; edgePid?: number | null | undefined }) =>
    waitFor(
      'fra to announce from a new process',
      async () => {
        const now = await fra();
        const isNew = Object.entries(old).every(([name, pid]) => now[name as keyof typeof old] !== pid);
        return now.phase === 'announcing' && isNew && now;
      },
      20_000,
    );

  test('each vantage is answered by the PoP with the best path, by site and by web service', async () => {
    // Control hears of the vantages a moment after the lab itself knows.
    const { vantages, pops, domains } = await waitFor('control to know where each vantage lands', async () => {
      const status = await lab.status();
      const seen = Object.fromEntries(status.vantages.map(({ name, pop }) => [name, pop]));
      assert.deepEqual(seen, landing);
      return status;
    });
    for (const { announced, phase } of pops) {
      assert.equal(phase, 'announcing');
      assert.deepEqual([...announced].sort(), ['192.0.2.0/24', '2001:db8::/48']);
    }
    assert.ok(domains.includes('docs.example.com'));
    for (const { name, asPath, roundTripMs } of vantages) {
      assert.equal(asPath.at(-1), 64500, `${name}: the path ends at our AS`);
      assert.ok(roundTripMs !== null && roundTripMs > 0);
      const site = await get(`${lab.vantageUrl(name)}/`, { host: 'docs.example.com' });
      const api = await get(`${lab.vantageUrl(name)}/hello`, { host: 'api.example.com' });
      assert.deepEqual([site.status, site.pop, api.status, api.pop], [200, landing[name], 200, landing[name]], name);
      const nearestOrigin = landing[name] === 'fra' ? 'eu' : landing[name] === 'iad' ? 'us-east' : undefined;
      const { originServer } = JSON.parse(api.body) as { originServer: string };
      if (nearestOrigin !== undefined) assert.equal(originServer, nearestOrigin, `${name}'s origin server`);
    }
  });

  test('an unknown host gets a clear answer', async () => {
    const answer = await get(`${lab.vantageUrl('london')}/`, { host: 'nobody.example.net' });
    assert.ok(answer.status === 404 || answer.status === 421, String(answer.status));
    assert.match(answer.body, /No service is set up here/);
  });

  test("the edge's death by SIGKILL moves its users, and a new edge brings them back", async () => {
    await fraAnnounces();
    const { edgePid } = await fra();
    const moves = lab.output().length; // at the start, too, London may have landed elsewhere for a moment
    process.kill(edgePid as number, 'SIGKILL');
    // The new edge may be up within a few hundred ms, so the move is looked for in the lab's own words.
    await waitFor('London to move', () => /vantage london: lands at (iad|sin)/.test(lab.output().slice(moves)));
    await londonLandsAt('fra');
    await fraAnnouncesAnew({ edgePid });
  });

  test("the agent's death by SIGKILL moves its users; a new agent adopts the edge and brings them back", async () => {
    await fraAnnounces();
    const { agentPid, edgePid } = await fra();
    const moves = lab.output().length;
    process.kill(agentPid, 'SIGKILL');
    await waitFor('London to move', () => /vantage london: lands at (iad|sin)/.test(lab.output().slice(moves)));
    await londonLandsAt('fra');
    const now = await fraAnnouncesAnew({ agentPid });
    assert.equal(now.edgePid, edgePid, 'the edge was adopted, not replaced');
  });

  test('an edge that is alive but mute (SIGSTOP) loses its users until it answers again', async () => {
    await fraAnnounces();
    const { edgePid } = await fra();
    process.kill(edgePid as number, 'SIGSTOP');
    try {
      await waitFor('London to land elsewhere', async () => {
        const pop = await popAnswering('london');
        return pop === 'iad' || pop === 'sin';
      });
      await waitFor('control to know', async () => (await fra()).phase === 'withdrawn');
    } finally {
      process.kill(edgePid as number, 'SIGCONT');
    }
    await londonLandsAt('fra', 30_000);
    assert.equal((await fra()).edgePid, edgePid);
  });

  test('control stopped changes nothing for requests, and a killed edge still fails over', async () => {
    await fraAnnounces();
    const { edgePid } = await fra();
    process.kill(lab.controlPid(), 'SIGSTOP');
    try {
      // Each first request must be answered, and rightly; how fast is not the question here.
      const timeoutMs = 5_000;
      for (const [vantage, pop] of Object.entries(landing))
        assert.equal(await popAnswering(vantage, { timeoutMs }), pop);
      assert.equal(await popAnswering('london', { host: 'api.example.com', timeoutMs }), 'fra');
      const moves = lab.output().length;
      process.kill(edgePid as number, 'SIGKILL');
      await waitFor('London to move', () => /vantage london: lands at (iad|sin)/.test(lab.output().slice(moves)));
      await londonLandsAt('fra');
    } finally {
      process.kill(lab.controlPid(), 'SIGCONT');
    }
    await fraAnnouncesAnew({ edgePid });
  });

  test('an agent restarted with control away serves and announces from its last good state', async () => {
    await fraAnnounces();
    const { agentPid, edgePid } = await fra();
    process.kill(lab.controlPid(), 'SIGSTOP');
    try {
      process.kill(agentPid, 'SIGKILL');
      process.kill(edgePid as number, 'SIGKILL');
      await waitFor('London to land elsewhere', async () => (await popAnswering('london')) !== 'fra');
      await londonLandsAt('fra', 20_000);
    } finally {
      process.kill(lab.controlPid(), 'SIGCONT');
    }
    await fraAnnouncesAnew({ agentPid, edgePid });
  });
});

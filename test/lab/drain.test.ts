/** Draining a PoP loses no request: not of clients that come anew, not of one that keeps its connection. */
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { get, type LabProcess, startLabProcess } from '../../src/testing/lab-process.ts';
import { waitFor } from '../../src/testing/wait.ts';

describe('drain and resume under load', { timeout: 120_000 }, () => {
  let lab: LabProcess;
  before(async () => {
    lab = await startLabProcess();
  });
  after(() => lab?.end());

  test('no request is lost', async () => {
    const url = `${lab.vantageUrl('london')}/`;
    const lost: string[] = [];
    const answeredBy = { fresh: new Map<string, number>(), kept: new Map<string, number>() };
    let running = true;
    const keepAlive = new Agent({ keepAlive: true, maxSockets: 4 });

    async function client(kind: 'fresh' | 'kept', host: string): Promise<void> {
      while (running) {
        try {
          const answer = await get(url, { host, agent: kind === 'kept' ? keepAlive : undefined, timeoutMs: 5_000 });
          if (answer.status !== 200) lost.push(`${kind} ${host}: ${answer.status}`);
          const pop = answer.pop ?? 'none';
          answeredBy[kind].set(pop, (answeredBy[kind].get(pop) ?? 0) + 1);
        } catch (error) {
          lost.push(`${kind} ${host}: ${(error as Error).message}`);
        }
      }
    }
    const hosts = ['docs.example.com', 'api.example.com'];
    const clients = hosts.flatMap((host) => [client('fresh', host), client('fresh', host), client('kept', host)]);

    const count = (kind: 'fresh' | 'kept', pop: string): number => answeredBy[kind].get(pop) ?? 0;
    await waitFor('traffic at fra', () => count('fresh', 'fra') > 50 && count('kept', 'fra') > 50);

    lab.cli('pop', 'drain', 'fra');
    assert.equal((await lab.status()).pops.find(({ name }) => name === 'fra')?.phase, 'drained');
    const [freshBefore, keptBefore] = [count('fresh', 'fra'), count('kept', 'fra')];
    await waitFor('both kinds of clients elsewhere', () => count('fresh', 'iad') > 50 && count('kept', 'iad') > 50);
    assert.ok(count('fresh', 'fra') - freshBefore < 5 && count('kept', 'fra') - keptBefore < 5, 'fra is left');

    lab.cli('pop', 'resume', 'fra');
    await waitFor('new connections back at fra', () => count('fresh', 'fra') > freshBefore + 50);

    running = false;
    await Promise.all(clients);
    keepAlive.destroy();
    assert.deepEqual(lost, []);
  });

  test('the last announcing PoP is not drained without force', async () => {
    lab.cli('pop', 'drain', 'fra');
    lab.cli('pop', 'drain', 'sin');
    assert.throws(
      () => lab.cli('pop', 'drain', 'iad'),
      (error: { status: number; stderr: Buffer }) => error.status === 4 && /--force/.test(error.stderr.toString()),
    );
    assert.equal((await lab.status()).pops.find(({ name }) => name === 'iad')?.phase, 'announcing');
    lab.cli('pop', 'resume', 'fra');
    lab.cli('pop', 'resume', 'sin');
  });
});

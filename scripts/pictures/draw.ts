/** Draws the README's pictures from a lab that really runs: `node scripts/pictures/draw.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadScenario } from '../../src/lab/scenario.ts';
import { get, startLabProcess } from '../../src/testing/lab-process.ts';
import { failoverPicture, type Sample } from './failover.ts';
import { networkPicture } from './network.ts';

const everyMs = 10;
const lengthMs = 6_000;
const killAtMs = 2_000;

const lab = await startLabProcess();
try {
  const { pops, topology } = loadScenario('examples/quickstart/network.yaml', 'examples/quickstart/internet.yaml');
  const { vantages, pops: popStatus } = await lab.status();
  mkdirSync('docs/pictures', { recursive: true });
  writeFileSync('docs/pictures/quickstart.svg', networkPicture(topology, pops, vantages));

  const edgePid = popStatus.find(({ name }) => name === 'fra')?.edgePid as number;
  const samples: Sample[] = [];
  const running: Promise<void>[] = [];
  const started = performance.now();
  let killed = false;
  for (let atMs = 0; atMs < lengthMs; atMs += everyMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, started + atMs - performance.now())));
    if (!killed && atMs >= killAtMs) {
      killed = true;
      process.kill(edgePid, 'SIGKILL');
    }
    const began = performance.now();
    const sample = (pop?: string): void => {
      samples.push({ atMs: began - started, tookMs: performance.now() - began, pop });
    };
    running.push(
      get(`${lab.vantageUrl('london')}/`, { host: 'docs.example.com' }).then(
        ({ pop }) => sample(pop),
        () => sample(),
      ),
    );
  }
  await Promise.all(running);
  samples.sort((a, b) => a.atMs - b.atMs);
  writeFileSync(
    'docs/pictures/failover.svg',
    failoverPicture(samples, [{ atMs: killAtMs, what: "kill -9 of Frankfurt's edge" }]),
  );
  const failed = samples.filter(({ pop }) => pop === undefined).length;
  console.log(`drawn; ${samples.length} requests, ${failed} without an answer`);
} finally {
  await lab.end();
}

/** Our side: the quickstart on a fresh loopback network without link delays; the nearest PoP's edge is killed. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLabProcess } from '../../src/testing/lab-process.ts';
import type { ClientReport } from './client.ts';
import { observe } from './rounds.ts';

export async function ourRound(clientSeconds: number): Promise<ClientReport> {
  const lab = await startLabProcess({
    prepare(directory) {
      // The gap itself is asked for, not the way to the next PoP: no link has a delay.
      const file = join(directory, 'internet.yaml');
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replaceAll(/(lateral: \[[^\]]*\]|provider: \d+) \}/g, '$1, delayMs: 0 }'));
    },
  });
  try {
    const edgePid = (await lab.status()).pops.find(({ name }) => name === 'fra')?.edgePid;
    if (typeof edgePid !== 'number') throw new Error('fra has no edge');
    const args = ['bench/failover/client.ts', lab.vantageUrl('london'), 'docs.example.com', String(clientSeconds)];
    const client = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    return await observe(client, () => process.kill(edgePid, 'SIGKILL'));
  } finally {
    await lab.end();
  }
}

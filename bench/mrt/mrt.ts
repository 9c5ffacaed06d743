/**
 * `nearcast mrt print -m` beside `bgpdump -m`, on one generated RIB dump of 100 MB: wall time of the whole process, its output to a
 * file, the two in turns. What they print must be the same, or there is no figure.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from '../../src/testing/namespaces.ts';
import { type Bench, type Figure, median } from '../bench.ts';
import { generateRibDump } from './generate.ts';

const seed = 1;

export const bench: Bench = {
  async run({ small, say }) {
    const directory = mkdtempSync(join(tmpdir(), 'nearcast-bench-'));
    try {
      return await measure(directory, { small, say });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function measure(directory: string, { small, say }: Parameters<Bench['run']>[0]): Promise<readonly Figure[]> {
  const dump = join(directory, 'rib.mrt');
  const megabytes = small ? 1 : 100;
  const routes = generateRibDump(dump, { bytes: megabytes * 1e6, seed });
  say(`${megabytes} MB, ${routes} routes, seed ${seed}`);
  const bgpdump = programPath('bgpdump');
  if (bgpdump === undefined) say('bgpdump is missing: npm run test:setup; only our own figure');
  const sides = [
    { who: 'Nearcast', command: process.execPath, args: ['src/cli/main.ts', 'mrt', 'print', '-m', dump] },
    ...(bgpdump === undefined ? [] : [{ who: 'bgpdump', command: bgpdump, args: ['-m', dump] }]),
  ].map((side) => ({ ...side, seconds: [] as number[], output: join(directory, `${side.who}.txt`) }));
  for (let round = 1; round <= (small ? 1 : 5); round++) {
    for (const side of sides) side.seconds.push(await time(side.command, side.args, side.output));
    say(`round ${round}: ${sides.map(({ who, seconds }) => `${who} ${seconds.at(-1)?.toFixed(2)} s`).join(', ')}`);
  }
  const [ours, theirs] = sides;
  if (ours === undefined) throw new Error('no side was measured');
  const what = `print a RIB dump of ${megabytes} MB, ${routes} routes`;
  const own: Figure = { what, who: ours.who, value: median(ours.seconds), unit: 's' };
  if (theirs === undefined) return [own];
  if ((await digest(ours.output)) !== (await digest(theirs.output))) throw new Error('the two print different lines');
  const value = median(theirs.seconds);
  const ratio = own.value / value;
  return [own, { what, who: theirs.who, value, unit: 's', ratio, aim: '1 or less', met: ratio <= 1 }];
}

/** Wall time of a whole process that writes to `output`. */
async function time(command: string, args: readonly string[], output: string): Promise<number> {
  const file = openSync(output, 'w');
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', file, 'ignore'] });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve));
  const seconds = (performance.now() - started) / 1000;
  closeSync(file);
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return seconds;
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

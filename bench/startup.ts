/** From `nearcast lab` to `ready` with packages installed, and the memory of the whole network, process by process. */
import { readFileSync } from 'node:fs';
import { startLabProcess } from '../src/testing/lab-process.ts';
import { type Bench, type Figure, median } from './bench.ts';

const aimSeconds = 5;

export const bench: Bench = {
  async run({ small, say }) {
    const rounds = small ? 1 : 5;
    const seconds: number[] = [];
    let figures: Figure[] = [];
    for (let round = 1; round <= rounds; round++) {
      const started = performance.now();
      const lab = await startLabProcess();
      seconds.push((performance.now() - started) / 1000);
      say(`round ${round}: ready after ${seconds.at(-1)?.toFixed(2)} s`);
      // Proportional set size shares what processes share, so the sum is what the machine really gives.
      const own = proportionalMegabytes(lab.child.pid as number);
      const all = lab.processes().reduce((sum, pid) => sum + proportionalMegabytes(pid), own);
      figures = [
        { what: 'memory (PSS), lab: routers, vantages, origin servers', who: 'Nearcast', value: own, unit: 'MB' },
        {
          what: `memory (PSS), whole network, ${lab.processes().length + 1} processes`,
          who: 'Nearcast',
          value: all,
          unit: 'MB',
        },
      ];
      await lab.end();
    }
    const value = median(seconds);
    const what = `from start to ready, median of ${rounds}`;
    return [
      { what, who: 'Nearcast', value, unit: 's', aim: `${aimSeconds} s or less`, met: value <= aimSeconds },
      ...figures,
    ];
  },
};

function proportionalMegabytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1000;
}

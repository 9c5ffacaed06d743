/**
 * BFD under load and beside BIRD: no false alarm at 50 ms × 3 while everything burns, and the gap when a peer falls silent.
 *
 * Needs root and Linux. The steady part takes a minute; NEARCAST_BFD_SECONDS=600 makes it the ten minutes that it should stand.
 */
import { namespacesUnavailable, programPath } from '../../src/testing/namespaces.ts';
import { type Bench, type Figure, median } from '../bench.ts';
import { measureGaps } from './gap.ts';
import { measureSteadiness } from './steady.ts';

const aim = 1.1;

export const bench: Bench = {
  async run({ small, say }) {
    const missing =
      namespacesUnavailable() ?? (programPath('bird') ? undefined : 'BIRD is missing: npm run test:setup');
    if (missing !== undefined) throw new Error(missing);
    const figures: Figure[] = [];
    for (const intervalMs of small ? [50] : [10, 50, 100]) {
      const [rounds, sessions] = small ? [1, 2] : [30, 8];
      const { ours, birds, realtime } = await measureGaps({ intervalMs, rounds, sessions });
      say(`${intervalMs} ms: ${ours.length} losses of ours; SCHED_FIFO: ${realtime === true ? 'yes' : realtime}`);
      const what = `peer silent, ${intervalMs} ms × 3`;
      const ratio = median(ours) / median(birds);
      const met = ratio <= aim;
      figures.push(
        { what, who: 'Nearcast', value: median(ours), unit: 'ms' },
        { what, who: 'BIRD', value: median(birds), unit: 'ms', ratio, aim: `${aim} or less`, met },
        { what: `${what}, worst`, who: 'Nearcast', value: Math.max(...ours), unit: 'ms' },
        { what: `${what}, worst`, who: 'BIRD', value: Math.max(...birds), unit: 'ms' },
      );
    }
    const seconds = small ? 2 : Number(process.env.NEARCAST_BFD_SECONDS ?? 60);
    const steady = await measureSteadiness({ intervalMs: 50, sessions: small ? 2 : 8, seconds, say });
    const { falseAlarms, theirFalseAlarms, maximumLatenessMs, latenessBeforeMs, packets, megabytes, realtime } = steady;
    say(
      `steady: ${packets} packets sent, ${megabytes.toFixed(0)} MB of tables loaded (one is 6 MB); SCHED_FIFO: ${realtime === true ? 'yes' : realtime}`,
    );
    const what = `50 ms × 3 for ${seconds} s, all cores burning`;
    figures.push(
      {
        what: `${what}: false alarms`,
        who: 'Nearcast',
        value: falseAlarms,
        unit: '',
        aim: 'none',
        met: falseAlarms === 0,
      },
      {
        what: `${what}: the peer lost us`,
        who: 'BIRD',
        value: theirFalseAlarms,
        unit: '',
        aim: 'none',
        met: theirFalseAlarms === 0,
      },
      { what: `${what}: latest packet`, who: 'Nearcast', value: maximumLatenessMs, unit: 'ms late' },
      { what: '… before the load came', who: 'Nearcast', value: latenessBeforeMs, unit: 'ms late' },
    );
    return figures;
  },
};

/**
 * `npm run bench [name…] [-- --small]`: runs benchmarks and prints their figures with what they were measured on.
 *
 * Ends with 1 where a benchmark could not run; a missed aim is printed, not failed: machines differ.
 */
import { cpus, release, totalmem } from 'node:os';
import type { Bench, Figure } from './bench.ts';

const benches: readonly { name: string; summary: string; load: () => Promise<{ bench: Bench }> }[] = [
  {
    name: 'edge',
    summary: 'CPU time per request, proxy and static, beside nginx and plain Node',
    load: () => import('./edge/edge.ts'),
  },
  {
    name: 'failover',
    summary: "what a user notices when the nearest PoP's edge is killed, beside BIRD",
    load: () => import('./failover/failover.ts'),
  },
  {
    name: 'rpki',
    summary: 'a full set of VRPs: taking it in, its memory, look-ups',
    load: () => import('./rpki/rpki.ts'),
  },
  {
    name: 'mrt',
    summary: 'print a RIB dump of 100 MB, beside bgpdump',
    load: () => import('./mrt/mrt.ts'),
  },
  {
    name: 'bfd',
    summary: 'a peer gone silent, beside BIRD; and no false alarm while all cores burn',
    load: () => import('./bfd/bfd.ts'),
  },
  {
    name: 'bgp',
    summary: 'a full table taken in, withdrawn and passed on, beside BIRD, FRR and GoBGP',
    load: () => import('./bgp/bgp.ts'),
  },
  {
    name: 'startup',
    summary: 'from start to ready, and the memory of the whole network',
    load: () => import('./startup.ts'),
  },
  {
    name: 'internet',
    summary: 'an announcement over the AS-level Internet, beside the textbook way',
    load: () => import('./internet/internet.ts'),
  },
];

function show(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    figure.who,
    `${figure.value.toPrecision(4)} ${figure.unit}`,
    figure.ratio === undefined ? '' : `${figure.ratio.toFixed(3)} of it`,
    figure.aim === undefined ? '' : `aim ${figure.aim}: ${figure.met ? 'met' : 'missed'}`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const small = process.argv.includes('--small');
const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(
    `error: there is no benchmark ${unknown.join(', ')}\n  fix:   one of ${benches.map((b) => b.name).join(', ')}`,
  );
  process.exit(2);
}
const [cpu] = cpus();
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpu?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}`,
);
for (const { name, summary, load } of benches) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`\n${name}: ${summary}${small ? ' (small: the figures mean nothing)' : ''}`);
  try {
    const { bench } = await load();
    console.log(show(await bench.run({ small, say: (line) => console.log(`  ${line}`) })));
  } catch (error) {
    console.error(`error: the benchmark ${name} could not run`, error);
    process.exitCode = 1;
  }
}

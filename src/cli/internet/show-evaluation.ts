/** What `nearcast internet evaluate` shows, as lines of text. Pure. */
import type { ExperimentResult, MeanResult } from '../../internet/calibration/evaluate.ts';
import type { ShareResult } from '../../internet/calibration/evaluate-shares.ts';
import { type Column, formatTable } from '../table.ts';

function percent(share: number | null | undefined): string | null {
  return share === null || share === undefined ? null : (100 * share).toFixed(1);
}

type Row = { readonly name: string } & Omit<MeanResult, 'experiments'>;

const columns: readonly Column<Row>[] = [
  { title: 'EXPERIMENT', cell: ({ name }) => name },
  { title: 'ASES', cell: ({ ases }) => Math.round(ases), align: 'right' },
  { title: 'BIGGER', cell: (r) => percent(r.biggerSite), align: 'right' },
  { title: 'USUAL', cell: (r) => percent(r.usualWinner), align: 'right' },
  { title: 'PLAIN', cell: (r) => percent(r.plain), align: 'right' },
  { title: 'ORDER', cell: (r) => percent(r.ownOrder), align: 'right' },
  { title: 'OURS', cell: (r) => percent(r.ours), align: 'right' },
  { title: 'BY USERS', cell: (r) => percent(r.oursByUsers), align: 'right' },
  { title: 'SURE', cell: (r) => percent(r.confident.coverage), align: 'right' },
  { title: 'RIGHT', cell: (r) => percent(r.confident.accuracy), align: 'right' },
];

/** One line an experiment, the means, and what the columns say. */
export function evaluationLines(
  results: readonly ExperimentResult[],
  { mean, meanNonTrivial }: { readonly mean: MeanResult | null; readonly meanNonTrivial: MeanResult | null },
): readonly string[] {
  const rows: Row[] = results.map((r) => ({ ...r, name: r.silent ? `${r.experiment} (silent site)` : r.experiment }));
  if (mean !== null) rows.push({ ...mean, name: `mean of ${mean.experiments}` });
  if (meanNonTrivial !== null) {
    rows.push({ ...meanNonTrivial, name: `mean of ${meanNonTrivial.experiments} with a bigger site under 95 %` });
  }
  const lines = [...formatTable(columns, rows), ''];
  if (mean !== null) {
    lines.push('How sure, and how often right then (mean):');
    lines.push(...formatTable(bandColumns, mean.bands), '');
  }
  lines.push(
    'Per cent of the ASes predicted rightly; each experiment is predicted from the others alone.',
    'BIGGER: always the bigger site, told by the answer. USUAL: the site that won more of the other experiments.',
    'PLAIN: routing on the topology. ORDER: each AS’s own order of sites, else USUAL. SURE: part that OURS is confident of,',
    'and RIGHT: of that part. A silent site attracts nobody anywhere: such experiments are in no mean.',
  );
  return lines;
}

const bandColumns: readonly Column<MeanResult['bands'][number]>[] = [
  { title: 'SAID, FROM', cell: ({ from }) => percent(from), align: 'right' },
  { title: 'OF THE ASES', cell: ({ coverage }) => percent(coverage), align: 'right' },
  { title: 'RIGHT', cell: ({ accuracy }) => percent(accuracy), align: 'right' },
];

const shareColumns: readonly Column<Pick<ShareResult, 'unchanged' | 'nearest' | 'ours'> & { name: string }>[] = [
  { title: 'CONFIGURATION', cell: ({ name }) => name },
  { title: 'UNCHANGED', cell: ({ unchanged }) => unchanged?.toFixed(2) ?? null, align: 'right' },
  { title: 'NEAREST', cell: ({ nearest }) => nearest.toFixed(2), align: 'right' },
  { title: 'OURS', cell: ({ ours }) => ours.toFixed(2), align: 'right' },
];

/** One line a configuration, the mean, and what the columns say. */
export function shareLines(
  results: readonly ShareResult[],
  mean: {
    readonly configurations: number;
    readonly unchanged: number | null;
    readonly nearest: number | null;
    readonly ours: number | null;
  },
): readonly string[] {
  const rows = results.map((r) => ({ ...r, name: r.configuration }));
  const last = {
    name: `mean of ${mean.configurations} beside the baseline`,
    unchanged: mean.unchanged,
    nearest: mean.nearest ?? Number.NaN,
    ours: mean.ours ?? Number.NaN,
  };
  return [
    ...formatTable(shareColumns, [...rows, last]),
    '',
    'Mean absolute error of a site’s share in percentage points; each configuration is predicted from the others alone.',
    'UNCHANGED: the shares of the baseline. NEAREST: those of the measured configuration with the most similar prepends.',
  ];
}

/** What `nearcast internet search` shows, as lines of text. Pure. */
import type { PlanStep } from '../../internet/search/plan.ts';
import type { Scores } from '../../internet/search/scores.ts';
import type { Candidate, SearchResult } from '../../internet/search/search.ts';
import { type Column, formatTable } from '../table.ts';
import { people, percent } from './show-prediction.ts';

const figures = {
  mean: ({ meanMs }: Scores): string => meanMs.toFixed(1),
  p90: ({ p90Ms }: Scores): string => p90Ms.toFixed(0),
  p99: ({ p99Ms }: Scores): string => p99Ms.toFixed(0),
  busiest: ({ busiest }: Scores): string => busiest.toFixed(2),
};

interface Line {
  readonly label: string;
  readonly scores: Scores;
}

function table(title: string, rows: readonly Line[]): readonly string[] {
  const columns: readonly Column<Line>[] = [
    { title, cell: ({ label }) => label },
    { title: 'MEAN MS', cell: ({ scores }) => figures.mean(scores), align: 'right' },
    { title: '90 %', cell: ({ scores }) => figures.p90(scores), align: 'right' },
    { title: '99 %', cell: ({ scores }) => figures.p99(scores), align: 'right' },
    { title: 'BUSIEST', cell: ({ scores }) => figures.busiest(scores), align: 'right' },
  ];
  return formatTable(columns, rows);
}

export function searchLines(
  result: SearchResult,
  today: Scores,
  plans: readonly { readonly candidate: Candidate; readonly steps: readonly PlanStep[] }[],
  popNames: readonly string[],
): readonly string[] {
  const how = result.exhaustive ? 'every set-up was looked at' : 'a local search';
  const lines = [
    `${result.predictions} predictions, ${how}${result.interrupted ? ', interrupted: the best so far' : ''}`,
    '',
  ];
  if (result.front.length === 0) {
    lines.push('Nothing that was looked at keeps to all that is asked. The nearest set-up still breaks:');
    for (const { constraint, excess } of result.binding) {
      lines.push(`  ${constraint} (by ${excess > 10 ? 'more than ten times' : percent(excess)})`);
    }
    return lines;
  }
  if (result.front.length > 1) {
    const rows = plans.map(({ candidate, steps }, index) => ({
      label: `${index + 1}  (${steps.length} changes)`,
      scores: candidate.scores,
    }));
    lines.push(
      'No one of these beats another in both aims:',
      ...table('PLAN', [{ label: 'today', scores: today }, ...rows]),
      '',
    );
  }
  for (const [index, { candidate, steps }] of plans.entries()) {
    if (plans.length > 1) lines.push(`Plan ${index + 1}`);
    if (steps.length === 0) {
      lines.push('Today’s set-up is the best that was found.', '');
      continue;
    }
    const rows = steps.map(({ where, what, scores }) => ({ label: `${where}  ${what}`, scores }));
    lines.push(...table('STEP', [{ label: 'today', scores: today }, ...rows]));
    const shares = candidate.scores.load.map((users, pop) => ({ name: popNames[pop] ?? '', users }));
    const all = shares.reduce((sum, { users }) => sum + users, 0);
    const text = shares.filter(({ users }) => users > 0).map(({ name, users }) => `${name} ${percent(users / all)}`);
    lines.push(`then: ${text.join(', ')} of ${people(all)} users`, '');
  }
  return lines;
}

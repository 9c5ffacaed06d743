/** What `nearcast internet predict`, `explain` and `nminus1` show, as lines of text. Pure. */
import type { Detour } from '../../internet/catchment/detours.ts';
import type { Explanation, Offer } from '../../internet/catchment/explain.ts';
import type { Loss } from '../../internet/catchment/nminus1.ts';
import type { CatchmentSummary, CountrySummary, PopSummary } from '../../internet/catchment/summary.ts';
import type { Deployment } from '../../internet/deployment/types.ts';
import type { LatencyModel } from '../../internet/world/latency.ts';
import type { World } from '../../internet/world/world.ts';
import { type Column, formatTable, printable } from '../table.ts';

export function people(users: number): string {
  if (users >= 999.5e6) return `${(users / 1e9).toFixed(2)} G`;
  if (users >= 999.5e3) return `${(users / 1e6).toFixed(users < 10e6 ? 1 : 0)} M`;
  if (users >= 1000) return `${(users / 1e3).toFixed(0)} k`;
  return users.toFixed(0);
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

function ms(value: number): string | null {
  return Number.isNaN(value) ? null : value.toFixed(0);
}

const popColumns: readonly Column<PopSummary>[] = [
  { title: 'POP', cell: ({ pop }) => pop },
  { title: 'USERS', cell: ({ users }) => people(users), align: 'right' },
  { title: 'SHARE', cell: ({ share }) => percent(share), align: 'right' },
  { title: 'ASES', cell: ({ ases }) => ases, align: 'right' },
  { title: 'MEAN MS', cell: ({ meanMs }) => ms(meanMs), align: 'right' },
  { title: 'MEDIAN', cell: ({ medianMs }) => ms(medianMs), align: 'right' },
  { title: '90 %', cell: ({ p90Ms }) => ms(p90Ms), align: 'right' },
];

const countryColumns: readonly Column<CountrySummary>[] = [
  { title: 'COUNTRY', cell: ({ country }) => country },
  { title: 'USERS', cell: ({ users }) => people(users), align: 'right' },
  { title: 'MEAN MS', cell: ({ meanMs }) => ms(meanMs), align: 'right' },
  {
    title: 'LAND AT',
    cell: ({ pops }) =>
      pops
        .slice(0, 3)
        .map(({ pop, share }) => `${pop} ${percent(share)}`)
        .join(', '),
  },
];

const detourColumns: readonly Column<Detour>[] = [
  { title: 'AS', cell: ({ asn }) => asn, align: 'right' },
  { title: 'NAME', cell: ({ name }) => name?.slice(0, 28) ?? null },
  { title: 'IN', cell: ({ country }) => country },
  { title: 'USERS', cell: ({ users }) => people(users), align: 'right' },
  { title: 'LANDS AT', cell: ({ pop, rttMs }) => `${pop} ${rttMs.toFixed(0)} ms` },
  { title: 'NEAREST', cell: ({ nearestPop, nearestRttMs }) => `${nearestPop} ${nearestRttMs.toFixed(0)} ms` },
  { title: 'BY AS PATH', cell: ({ path }) => path.join(' ') },
];

const countriesShown = 15;

export function predictionLines(
  summary: CatchmentSummary,
  detours: readonly Detour[],
  { world, latency }: { readonly world: World; readonly latency: LatencyModel },
): readonly string[] {
  const { all, nearest, unreachedUsers } = summary;
  const lines = [...formatTable(popColumns, summary.pops), ''];
  if (all.users > 0) {
    lines.push(
      `${people(all.users)} users: ${ms(all.meanMs)} ms in the mean, half within ${ms(all.medianMs)} ms, 90 % within ${ms(all.p90Ms)} ms, 99 % within ${ms(all.p99Ms)} ms`,
      `at the nearest PoP it would be ${ms(nearest.meanMs)} ms in the mean: routing costs ${ms(all.meanMs - nearest.meanMs)} ms`,
    );
  }
  const left = [
    unreachedUsers > 0 ? `${people(unreachedUsers)} that no route reaches` : '',
    world.usersNowhere > 0 ? `${people(world.usersNowhere)} whose place nobody knows` : '',
    world.usersOutside > 0 ? `${people(world.usersOutside)} in ASes that the topology lacks` : '',
  ].filter((text) => text !== '');
  if (left.length > 0) lines.push(`left out: ${left.join(', ')}`);
  if (latency.error !== undefined) {
    const { medianMs, p90Ms } = latency.error;
    lines.push(
      `round-trip times are estimates: half are within ${medianMs.toFixed(0)} ms of the measured, 90 % within ${p90Ms.toFixed(0)} ms`,
    );
  }
  if (summary.countries.length > 0) {
    lines.push('', ...formatTable(countryColumns, summary.countries.slice(0, countriesShown)));
    const more = summary.countries.length - countriesShown;
    if (more > 0) lines.push(`and ${more} more countries (--json has them all)`);
  }
  if (detours.length > 0)
    lines.push('', 'The worst detours, by users × milliseconds:', ...formatTable(detourColumns, detours));
  return lines;
}

export function comparisonLines(before: CatchmentSummary, after: CatchmentSummary): readonly string[] {
  const names = new Set([...before.pops, ...after.pops].map(({ pop }) => pop));
  const of = (summary: CatchmentSummary, name: string) => summary.pops.find(({ pop }) => pop === name);
  const columns: readonly Column<string>[] = [
    { title: 'POP', cell: (pop) => pop },
    { title: 'SHARE BEFORE', cell: (pop) => percent(of(before, pop)?.share ?? 0), align: 'right' },
    { title: 'SHARE', cell: (pop) => percent(of(after, pop)?.share ?? 0), align: 'right' },
    { title: 'MEAN MS BEFORE', cell: (pop) => ms(of(before, pop)?.meanMs ?? Number.NaN), align: 'right' },
    { title: 'MEAN MS', cell: (pop) => ms(of(after, pop)?.meanMs ?? Number.NaN), align: 'right' },
  ];
  const change = after.all.meanMs - before.all.meanMs;
  return [
    ...formatTable(columns, [...names]),
    `the mean goes from ${before.all.meanMs.toFixed(1)} to ${after.all.meanMs.toFixed(1)} ms (${change <= 0 ? '' : '+'}${change.toFixed(1)}), 90 % from ${ms(before.all.p90Ms)} to ${ms(after.all.p90Ms)}`,
  ];
}

const lostBy: Readonly<Record<NonNullable<Offer['lostBy']>, string>> = {
  refused: 'it takes no such route',
  relation: 'it pays for this one, or earns less by it',
  'path-length': 'its AS path is longer',
  'next-hop-asn': 'a tie; the lower AS number wins',
};
const kinds: Readonly<Record<Offer['kind'], string>> = {
  direct: 'ourselves',
  customer: 'its customer',
  lateral: 'its peer',
  provider: 'its provider',
};

const offersShown = 20;

export function explanationLines(
  { asn, offers }: Explanation,
  {
    world,
    deployment,
    landsAt,
  }: { readonly world: World; readonly deployment: Deployment; readonly landsAt: readonly string[] },
): readonly string[] {
  const nameOf = (number: number): string => {
    const name = world.nameOf(number);
    return name === undefined ? `AS${number}` : `AS${number} (${printable(name)})`;
  };
  if (offers.length === 0) return [`${nameOf(asn)} hears of us from nobody: it has no route.`];
  const columns: readonly Column<Offer>[] = [
    {
      title: 'FROM',
      cell: ({ neighbor, kind }) =>
        neighbor === undefined ? 'us' : `${nameOf(neighbor).slice(0, 40)}, ${kinds[kind]}`,
    },
    { title: 'LENGTH', cell: ({ pathLength }) => pathLength, align: 'right' },
    { title: 'ENDS AT', cell: ({ groups }) => popsOf(deployment, groups) },
    { title: 'AS PATH', cell: ({ path }) => path.join(' ') },
    {
      title: 'WHY NOT',
      cell: (offer) =>
        offer.tied === true ? 'chosen, beside its ties' : offer.lostBy === undefined ? 'chosen' : lostBy[offer.lostBy],
    },
  ];
  const lines = [
    `${nameOf(asn)} lands at ${landsAt.join(', ') || 'a PoP that depends on where its users are'}.`,
    '',
    ...formatTable(columns, offers.slice(0, offersShown)),
  ];
  if (offers.length > offersShown) lines.push(`and ${offers.length - offersShown} more offers`);
  return lines;
}

/** Names, each once, in the order of the network file. */
export function popsOfGroups({ groups, pops }: Deployment, of: readonly number[]): readonly string[] {
  const indexes = [...new Set(of.flatMap((group) => groups[group]?.pops ?? []))].sort((a, b) => a - b);
  return indexes.map((pop) => pops[pop]?.name ?? '');
}

/** `fra, lhr or 5 more`: those among whom distance decides. */
function popsOf(deployment: Deployment, groups: readonly number[]): string {
  const names = popsOfGroups(deployment, groups);
  return names.length <= 3 ? names.join(' or ') : `the nearest of ${names.length}`;
}

export function lossLines(losses: readonly Loss[]): readonly string[] {
  const columns: readonly Column<Loss>[] = [
    { title: 'WITHOUT', cell: ({ pop }) => pop },
    { title: 'USERS MOVE', cell: ({ users }) => people(users), align: 'right' },
    {
      title: 'TO',
      cell: ({ movedTo, users }) =>
        movedTo
          .filter(({ users: count }) => count > 0)
          .slice(0, 3)
          .map(({ pop, users: count }) => `${pop ?? 'nowhere'} ${percent(count / users)}`)
          .join(', ') || null,
    },
    { title: 'OTHERS MOVE', cell: ({ movedOthers }) => people(movedOthers), align: 'right' },
    { title: 'MEAN MS', cell: ({ after }) => ms(after.all.meanMs), align: 'right' },
    { title: '90 %', cell: ({ after }) => ms(after.all.p90Ms), align: 'right' },
    {
      title: 'OVERLOADED',
      cell: ({ overloaded }) =>
        overloaded.map(({ pop, users, capacity }) => `${pop} ${percent(users / capacity)}`).join(', ') || null,
    },
  ];
  return formatTable(columns, losses);
}

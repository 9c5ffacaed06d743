/**
 * A prediction as one HTML page that stands by itself: pictures inside, no script, no network, fit for print.
 *
 * For whom: someone who pays for PoPs and knows no BGP. So each section says first what it shows and what to make of it, networks
 * go by name, and paths are told as who hands over to whom.
 */
import type { Detour } from '../catchment/detours.ts';
import type { Loss } from '../catchment/nminus1.ts';
import type { CatchmentSummary, RttSummary } from '../catchment/summary.ts';
import { findCountry } from '../world/countries.ts';
import type { LatencyModel } from '../world/latency.ts';
import type { World } from '../world/world.ts';
import { popColor } from './colors.ts';
import { reportStyle } from './report-style.ts';
import { escapeText, fontFamily } from './svg.ts';

export interface ReportInput {
  readonly network: string;
  /** For the foot of the page. */
  readonly date: string;
  readonly summary: CatchmentSummary;
  readonly detours: readonly Detour[];
  readonly losses: readonly Loss[];
  readonly before?: { readonly name: string; readonly summary: CatchmentSummary };
  /** How often the model was right where it was measured, in words. */
  readonly trust: string;
  readonly world: World;
  readonly latency: LatencyModel;
  readonly sources: readonly string[];
  /** SVG. */
  readonly pictures: { readonly map: string; readonly shares: string; readonly rtt: string };
}

const countriesShown = 25;

export function reportHtml(input: ReportInput): string {
  const { network, summary, pictures } = input;
  const title = `${network}: who lands where`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>body{font-family:${fontFamily}}${reportStyle}</style>
</head>
<body>
<main>
<h1>${escapeText(title)}</h1>
${headline(input)}
<figure>${pictures.map}<figcaption>Each circle is a city with its users, by number. Its colour is the PoP where they land.</figcaption></figure>
<h2>Which PoP serves whom</h2>
<p>All PoPs announce the same address. Each network on the Internet picks one of the routes that it hears, by its own contracts first and by
length second; distance is not among its reasons. So shares follow from who is connected to whom, not from where the PoPs are.</p>
<figure>${pictures.shares}</figure>
${popTable(summary, input.before)}
<h2>How far it is for users</h2>
<p>The curve shows what part of all users is served within how many milliseconds, there and back. The dashed one is the best that these PoPs
could do, with every user at the nearest; the gap between the two is what routing costs.</p>
<figure>${pictures.rtt}</figure>
<h2>Countries</h2>
${countryTable(summary)}
<h2>The worst detours</h2>
${detourSection(input)}
<h2>When a PoP is gone</h2>
<p>Each line takes one PoP away, by a failure or for maintenance. Its users move at once; the question is where to, how much farther it is, and whether
the PoP that takes them can.</p>
${lossTable(input.losses)}
<h2>How far to trust this</h2>
${trustSection(input)}
</main>
</body>
</html>
`;
}

function headline({ summary, before }: ReportInput): string {
  const { all, nearest, unreachedUsers } = summary;
  const share = all.users + unreachedUsers === 0 ? 0 : all.users / (all.users + unreachedUsers);
  const figures = [
    [
      millions(all.users),
      `users reach a PoP (${share === 1 ? '100' : (share * 100).toFixed(share > 0.999 ? 2 : 1)} % of those whose place is known)`,
    ],
    [ms(all.medianMs), 'or less for half of them, there and back'],
    [ms(all.p90Ms), 'or less for nine in ten'],
    [ms(all.meanMs - nearest.meanMs), 'lost in the mean, since routing does not go by distance'],
  ] as const;
  const tiles = figures.map(([value, what]) => `<li><strong>${value}</strong> ${escapeText(what)}</li>`).join('');
  const change =
    before === undefined
      ? ''
      : `<p>Compared with <em>${escapeText(before.name)}</em>: ${comparison(before.summary.all, all)}</p>`;
  return `<ul class="tiles">${tiles}</ul>${change}`;
}

function comparison(before: RttSummary, after: RttSummary): string {
  const difference = after.meanMs - before.meanMs;
  const direction = difference < 0 ? 'shorter' : 'longer';
  return `the mean way is ${ms(Math.abs(difference))} ${direction} (${ms(before.meanMs)} before, ${ms(after.meanMs)} now), that of the slowest tenth ${ms(before.p90Ms)} before and ${ms(after.p90Ms)} now.`;
}

function popTable({ pops }: CatchmentSummary, before: ReportInput['before']): string {
  const head = [
    'PoP',
    'Users',
    'Share',
    ...(before === undefined ? [] : ['Before']),
    'Networks',
    'Mean',
    'Nine in ten within',
  ];
  const rows = pops.map(({ pop, users, share, ases, meanMs, p90Ms }, index) => [
    `<span class="dot" style="background:${popColor(index)}"></span>${escapeText(pop)}`,
    millions(users),
    percent(share),
    ...(before === undefined ? [] : [percent(before.summary.pops.find((other) => other.pop === pop)?.share ?? 0)]),
    String(ases),
    ms(meanMs),
    ms(p90Ms),
  ]);
  return table(head, rows);
}

function countryTable({ countries }: CatchmentSummary): string {
  const rows = countries.slice(0, countriesShown).map(({ country, users, meanMs, pops }) => [
    escapeText(countryName(country)),
    millions(users),
    ms(meanMs),
    pops
      .filter(({ share }) => share >= 0.01)
      .slice(0, 4)
      .map(({ pop, share }) => `${escapeText(pop)} ${percent(share)}`)
      .join(', '),
  ]);
  const more = countries.length - countriesShown;
  const note = more > 0 ? `<p class="note">The ${countriesShown} with most users, of ${countries.length}.</p>` : '';
  return table(['Country', 'Users', 'Mean', 'Land at'], rows, 3) + note;
}

function detourSection({ detours, world }: ReportInput): string {
  if (detours.length === 0) return '<p>None: everybody lands within 10 ms of what their nearest PoP would give.</p>';
  const items = detours.map(({ asn, country, users, pop, rttMs, nearestPop, nearestRttMs, path, entryAsn }) => {
    const hands = path.map((hop) => networkName(world, hop)).join(' → ');
    // Measured to land there, by a way that the topology does not have.
    const way = path.length === 0 ? '' : ` Their traffic is handed over: ${escapeText(hands)} → us.`;
    const remedy =
      entryAsn === undefined || entryAsn === asn
        ? ''
        : ` To change it, let ${escapeText(networkName(world, entryAsn))} not hear of us at ${escapeText(pop)} (<code>announce: { avoid: [${entryAsn}] }</code>), or with a longer path, and predict again.`;
    return `<li><strong>${millions(users)} users of ${escapeText(networkName(world, asn))}</strong> in ${escapeText(countryName(country))} land at <strong>${escapeText(pop)}</strong>, ${ms(rttMs)} away; ${escapeText(nearestPop)} would be ${ms(nearestRttMs)}.${way}${remedy}</li>`;
  });
  return `<p>These networks lose most, counted as users × milliseconds. The dashed lines on the map are theirs.</p><ol>${items.join('')}</ol>`;
}

function lossTable(losses: readonly Loss[]): string {
  const someFull = losses.some(({ overloaded }) => overloaded.length > 0);
  const rows = losses.map(({ pop, users, movedTo, after, overloaded }) => [
    escapeText(pop),
    millions(users),
    movedTo
      .filter(({ users: count }) => count / users >= 0.02)
      .slice(0, 4)
      .map(({ pop: to, users: count }) => `${escapeText(to ?? 'nowhere')} ${percent(count / users)}`)
      .join(', '),
    ms(after.all.meanMs),
    ms(after.all.p90Ms),
    ...(someFull
      ? [overloaded.map(({ pop: at, users: load, capacity }) => `${escapeText(at)} at ${percent(load / capacity)}`)]
      : []
    ).map((texts) => texts.join(', ') || '–'),
  ]);
  const head = ['Without', 'Users move', 'To', 'Mean then', 'Nine in ten within'];
  return table([...head, ...(someFull ? ['Beyond capacity'] : [])], rows, 2);
}

function trustSection({ trust, latency, world, sources, date }: ReportInput): string {
  const left = [
    world.usersNowhere > 0 ? `${millions(world.usersNowhere)} users whose place nobody knows` : '',
    world.usersOutside > 0 ? `${millions(world.usersOutside)} users of networks that the topology lacks` : '',
  ].filter((part) => part !== '');
  const error =
    latency.error === undefined
      ? 'Times are worked out from distance alone; half of such estimates are off by more than 18 ms.'
      : `Times are estimates from measurements between cities: half of them are within ${ms(latency.error.medianMs)} of what was measured, nine in ten within ${ms(latency.error.p90Ms)}.`;
  return `<p>${escapeText(trust)}</p><p>${escapeText(error)} They are from city to city; a home’s access line adds 5 to 30 ms, whichever PoP answers.</p>
${left.length > 0 ? `<p>Not counted: ${escapeText(left.join('; '))}.</p>` : ''}
<p class="note">Made on ${escapeText(date)} from ${escapeText(sources.join(', '))}.</p>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[], wide = -1): string {
  const cell = (tag: string, content: string, index: number): string =>
    `<${tag}${index === 0 ? '' : ` class="${index === wide ? 'wide' : 'number'}"`}>${content}</${tag}>`;
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((content, index) => cell(tag, content, index)).join('')}</tr>`;
  return `<table><thead>${line('th', head)}</thead><tbody>${rows.map((row) => line('td', row)).join('')}</tbody></table>`;
}

function networkName(world: World, asn: number): string {
  const name = world.nameOf(asn);
  return name === undefined ? `AS${asn}` : `${name} (AS${asn})`;
}

function countryName(code: string): string {
  return findCountry(code)?.name ?? code;
}

function millions(users: number): string {
  if (users >= 999.5e6) return `${(users / 1e9).toFixed(2)} billion`;
  if (users >= 0.95e6) return `${(users / 1e6).toFixed(users < 10e6 ? 1 : 0)} million`;
  return Math.round(users).toLocaleString('en');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)}\u00a0%`;
}

function ms(value: number): string {
  return Number.isNaN(value) ? '–' : `${value.toFixed(0)}\u00a0ms`;
}

/**
 * Reads how many networks each site drew under configurations of prepends.
 *
 * Format: a table parted by `;`, its first line `bgp;SITE;SITE;…` (a column `unknown` is left out). A configuration is
 * `baseline`, `3xFRA` (three prepends at FRA), `-2xFRA` (two everywhere but there), `0xFRA` (withdrawn there), or
 * `2xNAME-nodes` for a group of sites whose members the file does not tell.
 */
import { fail } from '../../base/problem.ts';
import { type CsvSource, readCsv } from '../world/csv.ts';

/** More than any prepend: the site does not announce. */
export const withdrawn = 99;

export interface ShareConfiguration {
  readonly name: string;
  /** Prepends at each site; `withdrawn`. All 0 for a group, whose members are found from the data (share-model.ts). */
  readonly prepends: readonly number[];
  readonly group?: { readonly name: string; readonly prepends: number };
  /** Of each site, of all that answered and landed at a known site; they add up to 1. */
  readonly shares: readonly number[];
}

export interface ShareTable {
  readonly sites: readonly string[];
  readonly configurations: readonly ShareConfiguration[];
}

/** Problems: those of `readCsv`, and `internet.shares-…`, each with its line. */
export async function readShares(source: CsvSource): Promise<ShareTable> {
  let sites: readonly string[] | undefined;
  let columns: readonly number[] = [];
  let width = 0;
  const configurations: ShareConfiguration[] = [];
  const names = new Set<string>();
  for await (const row of readCsv(source)) {
    const fields = row.fields
      .join(',')
      .split(';')
      .map((field) => field.trim());
    const where = `${source.file}:${row.line}`;
    if (sites === undefined) {
      if (fields[0] !== 'bgp' || fields.length < 3) badHeader(row.fields.join(','), where);
      width = fields.length;
      columns = [...fields.keys()].slice(1).filter((at) => fields[at] !== 'unknown');
      sites = columns.map((at) => fields[at] as string);
      continue;
    }
    const name = fields[0] as string;
    if (fields.length !== width) cutShort(fields.length, width, where);
    if (names.has(name)) twice(name, where);
    names.add(name);
    const counts = columns.map((at) => countOf(fields[at] as string, where));
    const all = counts.reduce((sum, count) => sum + count, 0);
    if (all === 0) nobody(name, where);
    configurations.push({ name, ...parse(name, sites, where), shares: counts.map((count) => count / all) });
  }
  if (sites === undefined || configurations.length < 3) tooFew(configurations.length, source.file);
  return { sites, configurations };
}

function parse(name: string, sites: readonly string[], where: string): Pick<ShareConfiguration, 'prepends' | 'group'> {
  const none = sites.map(() => 0);
  if (name === 'baseline') return { prepends: none };
  const [, minus, count, target] = /^(-?)(\d{1,2})x(.+)$/.exec(name) ?? [];
  if (count === undefined || target === undefined) return unknownName(name, sites, where);
  const prepends = Number(count);
  if (target.endsWith('-nodes') && minus === '') return { prepends: none, group: { name: target, prepends } };
  const at = sites.indexOf(target);
  if (at === -1) return unknownName(name, sites, where);
  if (minus === '-') return { prepends: sites.map((_, site) => (site === at ? 0 : prepends)) };
  return { prepends: sites.map((_, site) => (site !== at ? 0 : prepends === 0 ? withdrawn : prepends)) };
}

function countOf(text: string, where: string): number {
  const count = text === '' ? Number.NaN : Number(text);
  if (Number.isFinite(count) && count >= 0) return count;
  return fail({
    code: 'internet.shares-count',
    what: `${JSON.stringify(text.slice(0, 40))} is no count`,
    where,
    fix: 'give how many networks landed at each site',
  });
}

function badHeader(text: string, where: string): never {
  fail({
    code: 'internet.shares-header',
    what: `the first line is ${JSON.stringify(text.slice(0, 60))}`,
    where,
    fix: 'begin with `bgp;` and the names of the sites, parted by `;`',
  });
}

function cutShort(fields: number, expected: number, where: string): never {
  fail({
    code: 'internet.shares-row',
    what: `the row has ${fields} fields; ${expected} were expected`,
    where,
    fix: 'the file may be cut off here: download or make it again',
  });
}

function twice(name: string, where: string): never {
  fail({
    code: 'internet.shares-twice',
    what: `the configuration ${name} stands here again`,
    where,
    fix: 'keep one row',
  });
}

function nobody(name: string, where: string): never {
  fail({
    code: 'internet.shares-nobody',
    what: `nobody landed at a site under ${name}`,
    where,
    fix: 'leave a configuration out that was not measured',
  });
}

function unknownName(name: string, sites: readonly string[], where: string): never {
  return fail({
    code: 'internet.shares-configuration',
    what: `${JSON.stringify(name.slice(0, 60))} is no configuration of the sites ${sites.join(', ')}`,
    where,
    fix: 'write `baseline`, `3xSITE`, `-3xSITE`, `0xSITE` or `3xNAME-nodes`',
  });
}

function tooFew(count: number, file: string): never {
  fail({
    code: 'internet.shares-few',
    what: `the table has ${count} configurations; to predict one from the others takes 3 and more`,
    where: file,
    fix: 'measure more configurations',
  });
}

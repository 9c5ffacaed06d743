/**
 * Reads measured catchments: who landed where while two sites announced the same prefix.
 *
 * Format: a table with the columns `experiment,method,asn,site`. An experiment is named by its two sites, `ams+fra`; a method is
 * how it was measured (`ping`, `edge-log`, whatever the operator calls it), and methods are never mixed. One row an AS: the
 * site where most of it landed.
 */
import { fail } from '../../base/problem.ts';
import { maximumAsn } from '../../ip/asn.ts';
import { type CsvRow, type CsvSource, columnsOf, numberField, readCsv } from '../world/csv.ts';
import { type Evidence, EvidenceBuilder } from './evidence.ts';

/** Evidence of one method. Problems: those of `readCsv`, and `internet.catchment-…`, each with its line. */
export async function readCatchments(source: CsvSource, method: string): Promise<Evidence> {
  const builder = new EvidenceBuilder();
  const methods = new Set<string>();
  let columns: readonly number[] | undefined;
  for await (const row of readCsv(source)) {
    if (columns === undefined) {
      columns = columnsOf(row, ['experiment', 'method', 'asn', 'site'], source.file);
      continue;
    }
    const [experimentAt, methodAt, asnAt, siteAt] = columns as [number, number, number, number];
    const where = `${source.file}:${row.line}`;
    if (row.fields.length < columns.length) cutShort(row, columns.length, where);
    const experiment = (row.fields[experimentAt] as string).trim();
    const sites = sitesOf(experiment, where);
    const site = (row.fields[siteAt] as string).trim();
    if (!sites.includes(site)) foreignSite(site, experiment, where);
    const asn = asnField(row, asnAt, source);
    const rowMethod = (row.fields[methodAt] as string).trim();
    methods.add(rowMethod);
    if (rowMethod !== method) continue;
    if (!builder.add({ sites, asn, site })) twice(asn, experiment, method, where);
  }
  if (builder.rows === 0) noRows(source.file, method, [...methods]);
  return builder.build();
}

/** An AS number of a table. Problem: `internet.csv-number`. */
export function asnField(row: CsvRow, column: number, source: CsvSource): number {
  const asn = numberField(row, column, source, 'the AS number');
  if (Number.isInteger(asn) && asn >= 1 && asn <= maximumAsn) return asn;
  return fail({
    code: 'internet.csv-number',
    what: `${asn} is no AS number`,
    where: `${source.file}:${row.line}`,
    fix: `AS numbers go from 1 to ${maximumAsn}`,
  });
}

/** The two sites of an experiment's name. Problem: `internet.catchment-experiment`. */
export function sitesOf(experiment: string, where: string): readonly [string, string] {
  const sites = experiment.split('+').map((site) => site.trim());
  const [first, second] = sites;
  if (sites.length === 2 && first && second && first !== second) return [first, second];
  return fail({
    code: 'internet.catchment-experiment',
    what: `the experiment ${JSON.stringify(experiment.slice(0, 60))} does not name two sites`,
    where,
    fix: 'name an experiment by the two sites that announced, for example `ams+fra`',
  });
}

function cutShort(row: CsvRow, expected: number, where: string): never {
  return fail({
    code: 'internet.catchment-row',
    what: `the row has ${row.fields.length} fields; ${expected} were expected (experiment, method, asn, site)`,
    where,
    fix: 'the file may be cut off here: download or make it again',
  });
}

function foreignSite(site: string, experiment: string, where: string): never {
  return fail({
    code: 'internet.catchment-site',
    what: `the site ${JSON.stringify(site.slice(0, 60))} is none of the experiment ${experiment}`,
    where,
    fix: 'mend the line or take it out: a catchment is one of the sites that announced',
  });
}

function twice(asn: number, experiment: string, method: string, where: string): never {
  return fail({
    code: 'internet.catchment-twice',
    what: `AS${asn} has a second row in ${experiment}, by ${method}`,
    where,
    fix: 'give one row an AS: the site where most of it landed',
  });
}

function noRows(file: string, method: string, methods: readonly string[]): never {
  return fail({
    code: 'internet.catchment-empty',
    what: `no row was measured by "${method}"${methods.length > 0 ? `; the file has ${methods.join(', ')}` : ''}`,
    where: file,
    fix: methods.length > 0 ? `choose one of these with --method` : 'give a table with at least one measured AS',
  });
}

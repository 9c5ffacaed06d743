/**
 * Reads AS paths that route collectors saw while one site announced alone.
 *
 * Format: a table with the columns `experiment,announced_by,collector,monitor_asn,as_path`; a path begins with the monitor's
 * ASN and ends in the announcing network's, which may stand in it more than once (prepends; other ASNs poisoned in between).
 * Paths seen while several sites announced (`announced_by` names them with `+`) are left out here, at the door: they would
 * tell the answer.
 */
import { fail } from '../../base/problem.ts';
import { parseAsn } from '../../ip/asn.ts';
import { type CsvSource, columnsOf, readCsv } from '../world/csv.ts';

export interface SingleSitePath {
  readonly site: string;
  readonly originAsn: number;
  /** From the monitor to the AS that heard the site itself; prepended copies kept. */
  readonly path: readonly number[];
}

/** Problems: those of `readCsv`, `internet.path-asn`, `internet.path-empty`. */
export async function readSingleSitePaths(source: CsvSource): Promise<readonly SingleSitePath[]> {
  const paths: SingleSitePath[] = [];
  let columns: readonly number[] | undefined;
  for await (const row of readCsv(source)) {
    if (columns === undefined) {
      columns = columnsOf(row, ['announced_by', 'as_path'], source.file);
      continue;
    }
    const where = `${source.file}:${row.line}`;
    const [byAt, pathAt] = columns as [number, number];
    const [site, text] = [row.fields[byAt]?.trim(), row.fields[pathAt]?.trim()];
    if (site === undefined || text === undefined || site === '') cutShort(where);
    if (site.includes('+')) continue;
    const asns = text.split(/\s+/).map((part) => parseAsn(part) ?? notAsn(part, where));
    const originAsn = asns.at(-1) as number;
    const path = asns.slice(0, asns.indexOf(originAsn));
    if (path.length > 0) paths.push({ site, originAsn, path });
  }
  if (paths.length === 0) {
    fail({
      code: 'internet.path-empty',
      what: 'the table has no path that was seen while one site announced alone',
      where: source.file,
      fix: 'announce each site alone once and collect the paths, or leave --paths out',
    });
  }
  return paths;
}

function cutShort(where: string): never {
  return fail({
    code: 'internet.path-row',
    what: 'the row ends before its AS path',
    where,
    fix: 'the file may be cut off here: download or make it again',
  });
}

function notAsn(part: string, where: string): never {
  return fail({
    code: 'internet.path-asn',
    what: `${JSON.stringify(part.slice(0, 40))} in an AS path is no AS number`,
    where,
    fix: 'write AS numbers with spaces between; take AS sets out',
  });
}

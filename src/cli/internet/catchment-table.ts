/** `nearcast internet predict --by …`: the catchment row by row, as CSV or as one JSON object a line, to a file or to standard output. */
import { once } from 'node:events';
import { createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { exitCode } from '../../base/exit-codes.ts';
import { fail } from '../../base/problem.ts';
import { type AsPart, catchmentByAs } from '../../internet/catchment/by-as.ts';
import { catchmentByPrefix, type PrefixPart } from '../../internet/catchment/by-prefix.ts';
import type { Catchment } from '../../internet/catchment/catchment.ts';
import type { CatchmentSummary } from '../../internet/catchment/summary.ts';
import { breathe, watchInterrupt } from './long-work.ts';
import type { Prediction } from './world-options.ts';

export type By = 'prefix' | 'as' | 'country';

type Row = Readonly<Record<string, string | number | null>>;

const columns: Readonly<Record<By, readonly string[]>> = {
  as: ['asn', 'name', 'pop', 'users', 'share', 'mean_ms', 'path'],
  prefix: ['prefix', 'asn', 'pop', 'addresses', 'users', 'share', 'mean_ms'],
  country: ['country', 'pop', 'users', 'share', 'mean_ms'],
};

export interface TableInput {
  readonly prediction: Prediction;
  readonly catchment: Catchment;
  readonly summary: CatchmentSummary;
  readonly by: By;
  readonly json: boolean;
  /** Standard output without it. */
  readonly output?: string;
}

/** Returns how many rows it wrote. The file is whole or as it was. Problems: `internet.no-ranges`, and those of `readRanges`. */
export async function writeTable(input: TableInput): Promise<number> {
  const { by, json, output } = input;
  const interruption = watchInterrupt();
  const rows = untilInterrupted(rowsOf(input), interruption.asked);
  if (output === undefined) return await write(rows, process.stdout, by, json).finally(interruption.end);
  // A pipe or a device cannot be replaced, only written to.
  const special = existsSync(output) && !statSync(output).isFile();
  const beside = special ? output : `${output}.${process.pid}.new`;
  const stream = createWriteStream(beside);
  try {
    const count = await write(rows, stream, by, json);
    stream.end();
    await finished(stream);
    if (!special) renameSync(beside, output);
    return count;
  } catch (error) {
    stream.destroy();
    if (!special) rmSync(beside, { force: true });
    throw error;
  } finally {
    interruption.end();
  }
}

/** Half a table would be taken for a whole one, so it is not kept. */
async function* untilInterrupted(rows: AsyncIterable<Row>, asked: () => boolean): AsyncGenerator<Row> {
  let count = 0;
  for await (const row of rows) {
    yield row;
    if (++count % 1000 !== 0) continue;
    await breathe();
    if (!asked()) continue;
    fail(
      { code: 'internet.interrupted', what: `interrupted after ${count} rows`, fix: 'run the command again' },
      exitCode.failure,
    );
  }
}

async function write(rows: AsyncIterable<Row>, stream: Writable, by: By, json: boolean): Promise<number> {
  let count = 0;
  let failed: Error | undefined;
  stream.on('error', (error: Error) => {
    failed = error;
  });
  let lines: string[] = json ? [] : [`${columns[by].join(',')}\n`];
  const flush = async (): Promise<void> => {
    if (failed !== undefined) throw failed;
    if (!stream.write(lines.join(''))) await once(stream, 'drain');
    lines = [];
  };
  for await (const row of rows) {
    count++;
    lines.push(json ? `${JSON.stringify(row)}\n` : `${columns[by].map((column) => csvField(row[column])).join(',')}\n`);
    if (lines.length >= 1000) await flush();
  }
  await flush();
  return count;
}

async function* rowsOf({ by, prediction, catchment, summary }: TableInput): AsyncGenerator<Row> {
  if (by === 'as') for (const part of catchmentByAs(catchment, prediction)) yield asRow(part);
  else if (by === 'country') yield* countryRows(summary);
  else {
    const { asnRanges } = prediction;
    if (asnRanges === undefined) {
      fail({
        code: 'internet.no-ranges',
        what: 'nobody says which AS announces which addresses',
        fix: 'run `nearcast internet fetch --only places`, or give --asn-ranges, a table of rows first,last,asn',
      });
    }
    const ranges = { file: asnRanges as string, stdin: process.stdin };
    for await (const part of catchmentByPrefix(catchment, prediction, ranges)) yield prefixRow(part);
  }
}

function asRow({ asn, name, pop, users, share, meanMs, path }: AsPart): Row {
  return { asn, name: name ?? null, pop: pop ?? null, ...figures(users, share, meanMs), path: path.join(' ') };
}

function prefixRow({ prefix, asn, pop, addresses, users, share, meanMs }: PrefixPart): Row {
  return { prefix, asn, pop: pop ?? null, addresses, ...figures(users, share, meanMs) };
}

/** A row for each PoP that some of a country's users land at. */
function* countryRows({ countries }: CatchmentSummary): Generator<Row> {
  for (const { country, users, pops } of countries)
    for (const { pop, share, meanMs } of pops) yield { country, pop, ...figures(users * share, share, meanMs) };
}

function figures(users: number, share: number, meanMs: number) {
  const mean_ms = Number.isNaN(meanMs) ? null : Math.round(meanMs * 10) / 10;
  return { users: Math.round(users * 10) / 10, share: Math.round(share * 1e4) / 1e4, mean_ms };
}

function csvField(value: string | number | null | undefined): string {
  if (typeof value === 'number') return String(value);
  const text = value ?? '';
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

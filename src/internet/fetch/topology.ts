/**
 * Finds and fetches CAIDA's newest AS relationship file (serial-2), and makes a graph file of it.
 *
 * The files come out each month into one public directory; the names begin with dates. What was fetched is loaded before it
 * counts: a page of a captive portal, or a file that is cut, is refused with what is wrong about it.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { fail } from '../../base/problem.ts';
import { encodeGraph } from '../topology/graph-file.ts';
import { loadInternet } from '../topology/load.ts';
import { download, get } from './download.ts';

export const caidaDirectory = 'https://publicdata.caida.org/datasets/as-relationships/serial-2/';

export interface FetchOptions {
  /** The directory's address, that of a mirror perhaps. */
  readonly from: string;
  /** Where to write. */
  readonly directory: string;
  /** `20250901`; without it the newest. */
  readonly date?: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytes: number, all: number | undefined) => void;
}

export interface FetchedTopology {
  readonly file: string;
  readonly graphFile: string;
  readonly ases: number;
  readonly links: number;
  /** It was there already. */
  readonly alreadyThere: boolean;
}

/** The names of topology files in a directory's page, oldest first. */
export function filesListed(page: string): readonly string[] {
  const names = [...page.matchAll(/\b(\d{8}\.as-rel2\.txt\.bz2)\b/g)].map(([, name]) => name as string);
  return [...new Set(names)].sort();
}

/** Problems: those of `download` and of `loadInternet`; `internet.fetch-no-file`, where the directory has none, or not of that date. */
export async function fetchTopology(options: FetchOptions): Promise<FetchedTopology> {
  const { directory, date, clock, signal = new AbortController().signal, onProgress } = options;
  const from = options.from.endsWith('/') ? options.from : `${options.from}/`;
  const name = date === undefined ? await newest(from, signal) : `${date}.as-rel2.txt.bz2`;
  const file = join(directory, name);
  const graphFile = file.replace(/\.bz2$/, '.graph');
  const alreadyThere = existsSync(file);
  if (!alreadyThere) {
    const progress = onProgress === undefined ? {} : { onProgress };
    await download({ url: from + name, file, clock, signal, ...progress });
  }
  try {
    const { graph, badLines, warnings } = await loadInternet(file, new PassThrough());
    if (badLines > 0) {
      fail({
        code: 'internet.file-damaged',
        what: `${badLines} lines of the file are no AS relationships`,
        ...(warnings[0]?.where === undefined ? {} : { where: warnings[0].where }),
        fix: 'fetch it again later; CAIDA may be writing it now',
      });
    }
    writeFileAtomic(graphFile, encodeGraph(graph), 0o644);
    return { file, graphFile, ases: graph.asns.length, links: graph.links, alreadyThere };
  } catch (error) {
    // What cannot be loaded must not be taken for data the next time.
    rmSync(file, { force: true });
    throw error;
  }
}

async function newest(from: string, signal: AbortSignal): Promise<string> {
  const response = await get(from, {}, AbortSignal.any([signal, AbortSignal.timeout(30_000)]));
  const page = response.ok ? await response.text() : '';
  return (
    filesListed(page).at(-1) ??
    fail({
      code: 'internet.fetch-no-file',
      what: `the directory lists no AS relationship file (answer ${response.status})`,
      where: from,
      fix: 'check the address by a browser; name another one by --from',
    })
  );
}

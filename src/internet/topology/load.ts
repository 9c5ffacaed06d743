/** Loads an AS-level Internet: a CAIDA file (plain, gzip or bzip2), or a graph file made of one, told apart by their bytes. */
import type { Readable } from 'node:stream';
import { fail, type Problem } from '../../base/problem.ts';
import { UnpackError, unpackedChunks } from '../../base/unpacked-chunks.ts';
import { type AsGraph, buildAsGraph, type GraphRepairs } from './as-graph.ts';
import { decodeGraph, isGraphFile } from './graph-file.ts';
import { AsRelReader } from './read-as-rel.ts';

export interface LoadedInternet {
  readonly graph: AsGraph;
  readonly repairs: GraphRepairs;
  /** Lines that were no links: the first ones, located. */
  readonly warnings: readonly Problem[];
  readonly badLines: number;
}

/**
 * Reads the file whole (`-`: standard input). Problems: `file.unreadable`, `internet.file-damaged` (the compression breaks
 * off), `internet.graph-file`, `internet.no-links` (not one line of it is an AS relationship).
 */
export async function loadInternet(file: string, stdin: Readable): Promise<LoadedInternet> {
  const reader = new AsRelReader(file);
  const graphFile: Uint8Array[] = [];
  let first = true;
  try {
    for await (const chunk of unpackedChunks(file, { stdin })) {
      if (graphFile.length > 0 || (first && isGraphFile(chunk))) graphFile.push(chunk.slice());
      else reader.push(chunk);
      first = false;
    }
  } catch (error) {
    if (!(error instanceof UnpackError)) throw error;
    fail({
      code: 'internet.file-damaged',
      what: `the topology breaks off or is damaged: ${error.message}`,
      where: file,
      fix: 'download it again',
    });
  }
  if (graphFile.length > 0) {
    const graph = decodeGraph(Buffer.concat(graphFile), file);
    return { graph, repairs: { duplicates: 0, conflicts: [], cycles: [] }, warnings: [], badLines: 0 };
  }
  const { links, problems, badLines } = reader.end();
  if (links.count === 0) {
    fail({
      code: 'internet.no-links',
      what: `the file has no AS relationship in it${badLines > 0 ? ` (${badLines} lines are something else)` : ''}`,
      where: problems[0]?.where ?? file,
      fix: 'give a file of CAIDA’s AS relationships, serial-1 or serial-2: lines `provider|customer|-1` or `peer|peer|0`',
    });
  }
  return { ...buildAsGraph(links), warnings: problems, badLines };
}

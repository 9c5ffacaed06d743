/** Reads a network file from disk: the one place in this room that touches files. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Checked, Problem } from '../base/problem.ts';
import { fileTooLarge, loadNetwork, maximumFileBytes, type NetworkDocument } from './document.ts';
import type { SiteFiles } from './lint/rule.ts';

/** Reads and checks the file at `path`, with the directories that it names. A file that cannot be read is a problem, too. */
export function loadNetworkFile(
  path: string,
  options: { readonly production?: boolean } = {},
): Checked<NetworkDocument> {
  let bytes: Uint8Array;
  try {
    const { size } = statSync(path);
    // Not read at all: a disk image named by mistake would fill the memory first.
    if (size > maximumFileBytes) return { ok: false, problems: [{ ...fileTooLarge(size), where: path }] };
    bytes = readFileSync(path);
  } catch (error) {
    return { ok: false, problems: [unreadable(path, error)] };
  }
  return loadNetwork(bytes, { file: path, files: siteFiles(path), ...options });
}

function unreadable(path: string, error: unknown): Problem {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) throw error;
  const known: Readonly<Record<string, readonly [what: string, fix: string]>> = {
    ENOENT: ['does not exist', 'give the path of a network file; examples/quickstart/network.yaml is one'],
    EISDIR: ['is a directory', 'give the path of the network file in it'],
    EACCES: ['may not be read by this user', 'change its mode or owner, or run as another user'],
  };
  const [what, fix] = known[code] ?? [`cannot be read: ${code}`, undefined];
  return {
    code: 'network.file-unreadable',
    severity: 'error',
    what: `the network file ${what}`,
    where: path,
    ...(fix === undefined ? {} : { fix }),
  };
}

function siteFiles(networkFile: string): SiteFiles {
  return {
    kindOf: (directory) => {
      const path = siteDirectory(networkFile, directory);
      try {
        if (!statSync(path).isDirectory()) return 'other';
        accessSync(path, constants.R_OK | constants.X_OK);
        return 'directory';
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'unreadable' : 'missing';
      }
    },
  };
}

/** The absolute path of a static service's directory, which the network file names relative to itself. */
export function siteDirectory(networkFile: string, directory: string): string {
  return resolve(dirname(networkFile), directory);
}

/**
 * Reads a site's directory into a table of its files, with their content's hash.
 *
 * Why the hash and not size and time: the PoPs' copies are written at different times, and a user who moves to another
 * PoP must not fetch everything again, nor have two copies' ranges mixed. Files that have not changed are not read again.
 * Left out: hidden files (but `.well-known`, RFC 8615), what is no regular file, and links that lead out of the directory.
 */
import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

export interface SiteFile {
  /** `/docs/index.html` */
  readonly urlPath: string;
  readonly filePath: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Device, inode, size and change time: while these stay, so does the content. */
  readonly fingerprint: string;
  /** SHA-256, in hexadecimal. */
  readonly sha256: string;
}

export interface ScanResult {
  /** By `urlPath`. */
  readonly files: ReadonlyMap<string, SiteFile>;
  /** Files that could not be read or were left out as unsafe, with why. */
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
}

const readWholeBelowBytes = 1024 * 1024;
const deepest = 64;

/**
 * The files below `directory`; throws the system's error where it cannot be read. `known`: the table of an earlier scan.
 * `onContent` gets what was read of small files, so that it need not be read twice.
 */
export async function scanSite(
  directory: string,
  known: ReadonlyMap<string, SiteFile> = new Map(),
  onContent: (file: SiteFile, content: Buffer) => void = () => {},
): Promise<ScanResult> {
  const root = await realpath(directory);
  const files = new Map<string, SiteFile>();
  const skipped: { path: string; why: string }[] = [];

  async function walk(path: string, urlPath: string, depth: number): Promise<void> {
    for (const name of (await readdir(path)).sort()) {
      const child = join(path, name);
      const childUrl = `${urlPath}/${name}`;
      if (name.startsWith('.') && name !== '.well-known') continue;
      try {
        const real = await realpath(child);
        if (real !== root && !real.startsWith(root + sep)) {
          skipped.push({ path: child, why: 'a link that leads out of the site' });
          continue;
        }
        const facts = await stat(real);
        if (facts.isDirectory()) {
          // A link to a directory above would never end.
          if (real !== child && child.startsWith(real + sep)) skipped.push({ path: child, why: 'a link in a circle' });
          else if (depth >= deepest) skipped.push({ path: child, why: `deeper than ${deepest} directories` });
          else await walk(child, childUrl, depth + 1);
        } else if (facts.isFile()) {
          const fingerprint = `${facts.dev}:${facts.ino}:${facts.size}:${facts.mtimeMs}:${facts.ctimeMs}`;
          const before = known.get(childUrl);
          if (before?.fingerprint === fingerprint && before.filePath === real) {
            files.set(childUrl, before);
            continue;
          }
          const content = facts.size < readWholeBelowBytes ? await readFile(real) : undefined;
          const file: SiteFile = {
            urlPath: childUrl,
            filePath: real,
            bytes: content?.length ?? facts.size,
            modifiedMs: facts.mtimeMs,
            fingerprint,
            sha256: content === undefined ? await hashFile(real) : hash('sha256', content),
          };
          files.set(childUrl, file);
          if (content !== undefined) onContent(file, content);
        }
      } catch (error) {
        // One file that vanished or may not be read does not take its site down.
        skipped.push({ path: child, why: (error as Error).message });
      }
    }
  }

  await walk(root, '', 0);
  return { files, skipped };
}

async function hashFile(path: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) digest.update(chunk);
  return digest.digest('hex');
}

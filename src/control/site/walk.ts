/**
 * Walks a static site's directory and says which files make up the site.
 *
 * Why so strict: what is found here is put before the whole world. Hidden files (`.git`, `.env`) never are, but for
 * `.well-known` (RFC 8615); a link that leads out of the directory is an error, and so is what is no file at all.
 */
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Problem } from '../../base/problem.ts';

export interface SiteFile {
  /** Relative to the site's directory, `/` between parts. */
  readonly path: string;
  readonly absolutePath: string;
}

export interface SiteLimits {
  readonly files: number;
  readonly fileBytes: number;
  readonly totalBytes: number;
  readonly depth: number;
}

export const siteLimits: SiteLimits = {
  files: 50_000,
  fileBytes: 512 * 1024 * 1024,
  totalBytes: 4 * 1024 * 1024 * 1024,
  depth: 64,
};

/** So many problems are told of one site; a wrong directory would give thousands. */
const problemsTold = 20;

/** The site's files by path, or all that is wrong with the directory. */
export async function walkSite(
  directory: string,
  limits: SiteLimits = siteLimits,
): Promise<{ readonly files: readonly SiteFile[]; readonly problems: readonly Problem[] }> {
  const walk = new Walk(directory, limits);
  await walk.run();
  return walk.problems.length > 0 ? { files: [], problems: walk.problems } : { files: walk.files, problems: [] };
}

class Walk {
  readonly files: SiteFile[] = [];
  readonly problems: Problem[] = [];
  readonly #directory: string;
  readonly #limits: SiteLimits;
  /** The directory with its links resolved. */
  #root = '';
  #totalBytes = 0;
  #over = false;

  constructor(directory: string, limits: SiteLimits) {
    this.#directory = directory;
    this.#limits = limits;
  }

  async run(): Promise<void> {
    const directory = this.#directory;
    try {
      if (!(await stat(directory)).isDirectory()) {
        this.#report('site-directory', 'it is not a directory', directory, 'name the directory that holds the site');
        return;
      }
      this.#root = await realpath(directory);
      await this.#enter(directory, '', 0);
    } catch (error) {
      this.#reportSystemError(error, directory);
    }
    if (this.files.length === 0 && this.problems.length === 0) {
      this.#report('site-empty', 'the site has no files', directory, 'put at least an index.html there');
    }
    this.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async #enter(directory: string, prefix: string, depth: number): Promise<void> {
    if (depth > this.#limits.depth) {
      const what = `directories are nested deeper than ${this.#limits.depth}`;
      this.#report('site-depth', what, directory, 'flatten the site');
      return;
    }
    for (const name of await readdir(directory)) {
      if (this.#over || this.problems.length >= problemsTold) return;
      if (isHidden(name)) continue;
      const absolutePath = join(directory, name);
      try {
        await this.#visit({ path: prefix + name, absolutePath }, depth);
      } catch (error) {
        this.#reportSystemError(error, absolutePath);
      }
    }
  }

  async #visit(entry: SiteFile, depth: number): Promise<void> {
    const { path, absolutePath } = entry;
    const own = await lstat(absolutePath);
    if (own.isDirectory()) return this.#enter(absolutePath, `${path}/`, depth + 1);
    const target = own.isSymbolicLink() ? await stat(absolutePath) : own;
    if (own.isSymbolicLink() && !(await this.#mayFollow(absolutePath, target.isFile()))) return;
    if (!target.isFile()) {
      this.#report('site-special-file', 'a socket, pipe or device cannot be published', absolutePath, 'remove it');
      return;
    }
    this.#add(entry, target.size);
  }

  async #mayFollow(link: string, toFile: boolean): Promise<boolean> {
    const real = await realpath(link);
    const inside = real.startsWith(this.#root + sep);
    // A link to a hidden file would publish what hiding it kept back; one to a directory could go round in a circle.
    const hidden =
      inside &&
      real
        .slice(this.#root.length + 1)
        .split(sep)
        .some(isHidden);
    if (inside && toFile && !hidden) return true;
    const what = inside ? 'a link leads to a hidden file or a directory' : "a link leads out of the site's directory";
    this.#report('site-link', what, link, 'put a copy in the place of the link, or remove it');
    return false;
  }

  #add(entry: SiteFile, bytes: number): void {
    if (bytes > this.#limits.fileBytes) {
      const what = `the file has ${bytes} bytes; ${this.#limits.fileBytes} are allowed`;
      this.#report('site-file-size', what, entry.absolutePath, 'serve it from a web service instead');
      return;
    }
    this.#totalBytes += bytes;
    this.files.push(entry);
    if (this.files.length > this.#limits.files) {
      this.#over = true;
      const what = `the site has more than ${this.#limits.files} files`;
      this.#report('site-files', what, this.#directory, 'split the site, or check that it is the right directory');
    } else if (this.#totalBytes > this.#limits.totalBytes) {
      this.#over = true;
      const what = `the site has more than ${this.#limits.totalBytes} bytes`;
      this.#report('site-size', what, this.#directory, 'serve big files from a web service instead');
    }
  }

  #report(code: string, what: string, where: string, fix: string): void {
    this.problems.push({ severity: 'error', code: `control.${code}`, what, where, fix });
  }

  #reportSystemError(error: unknown, where: string): void {
    const { code, message } = error as NodeJS.ErrnoException;
    const known: Record<string, string> = {
      ENOENT: 'there is no such file or directory',
      EACCES: 'permission to read it is missing',
    };
    const what = known[code ?? ''] ?? message;
    this.#report('site-unreadable', what, where, 'check the path, and that the user that runs control may read it');
  }
}

function isHidden(name: string): boolean {
  return name.startsWith('.') && name !== '.well-known';
}

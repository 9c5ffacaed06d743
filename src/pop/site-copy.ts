/**
 * Builds one copy of a static site: a directory named after the manifest's SHA-256, complete or not there at all.
 *
 * Why: it is built beside and renamed at the end, so the edge never sees half a site, and a directory that is there
 * needs no second look but its sizes. A file that an earlier copy has is hard-linked, so a new version of a large site
 * costs only what changed.
 */
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type SiteManifest, siteManifestSchema } from '../network/intent.ts';
import { type BlobSource, WrongBlob } from './blobs.ts';

const longestManifest = 64 * 1024 * 1024;
const fetchesAtOnce = 4;

export function siteDirectory(root: string, manifest: string): string {
  return join(root, manifest);
}

function manifestFile(root: string, manifest: string): string {
  return join(root, `${manifest}.json`);
}

/** Whether a whole copy of this manifest is on disk: its manifest kept beside it, and each file of the right size. */
export async function hasSiteCopy(root: string, manifest: string): Promise<boolean> {
  try {
    const { files } = parseManifest(await readFile(manifestFile(root, manifest)));
    for (const file of files) {
      const found = await stat(join(siteDirectory(root, manifest), file.path));
      if (!found.isFile() || found.size !== file.bytes) return false;
    }
    return (await stat(siteDirectory(root, manifest))).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Makes the copy, with files taken from `earlier` manifests' copies where they have them. Throws where control is away or
 * sends something wrong, and where the disk refuses; then nothing is left but what was there.
 */
export async function makeSiteCopy(
  root: string,
  manifest: string,
  earlier: readonly string[],
  blobs: BlobSource,
): Promise<void> {
  const bytes = await blobs.read(manifest, longestManifest);
  const { files } = parseManifest(bytes);
  const building = join(root, `${manifest}.building`);
  await rm(building, { recursive: true, force: true });
  try {
    await mkdir(building, { recursive: true });
    const known = await filesOf(root, earlier);
    const queue = [...files];
    const worker = async (): Promise<void> => {
      for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
        const path = join(building, file.path);
        await mkdir(dirname(path), { recursive: true });
        const same = known.get(file.sha256);
        if (same === undefined || !(await linked(same, path, file.bytes))) {
          await blobs.save(file.sha256, file.bytes, path);
        }
      }
    };
    const results = await Promise.allSettled(Array.from({ length: fetchesAtOnce }, worker));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    await writeFile(manifestFile(root, manifest), bytes);
    // A directory of that name that did not pass `hasSiteCopy` is a wreck.
    await rm(siteDirectory(root, manifest), { recursive: true, force: true });
    await rename(building, siteDirectory(root, manifest));
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
}

export async function removeSiteCopy(root: string, manifest: string): Promise<void> {
  await rm(siteDirectory(root, manifest), { recursive: true, force: true });
  await rm(manifestFile(root, manifest), { force: true });
}

function parseManifest(bytes: Uint8Array): SiteManifest {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new WrongBlob('the manifest is not JSON');
  }
  const parsed = siteManifestSchema.safeParse(json);
  if (!parsed.success) throw new WrongBlob(`the manifest is not one: ${parsed.error.issues[0]?.message ?? ''}`);
  return parsed.data;
}

/** SHA-256 → where an earlier copy has it. */
async function filesOf(root: string, manifests: readonly string[]): Promise<Map<string, string>> {
  const known = new Map<string, string>();
  for (const manifest of manifests) {
    try {
      const { files } = parseManifest(await readFile(manifestFile(root, manifest)));
      for (const file of files) known.set(file.sha256, join(siteDirectory(root, manifest), file.path));
    } catch {
      // It is only a shortcut: without it the files are fetched.
    }
  }
  return known;
}

async function linked(from: string, to: string, bytes: number): Promise<boolean> {
  try {
    if ((await stat(from)).size !== bytes) return false;
    await link(from, to);
    return true;
  } catch {
    return false;
  }
}

/**
 * Takes a static site in: a copy of each file in the blob store, and a manifest that names them all.
 *
 * Why a manifest with a digest: the digest is the site's version. It travels in the feed as 64 characters, and a PoP
 * knows from it alone whether it has the site already.
 */
import type { Problem } from '../../base/problem.ts';
import { type SiteManifest, siteManifestSchema } from '../../network/intent.ts';
import type { BlobStore } from './blobs.ts';
import { type SiteLimits, walkSite } from './walk.ts';

export interface TakenSite {
  /** SHA-256 of the manifest, under which it lies in the blob store. */
  readonly manifest: string;
  readonly files: number;
  readonly bytes: number;
}

/** Copies the site. Equal files in equal places give an equal digest, wherever and whenever they were taken in. */
export async function takeSite(
  directory: string,
  blobs: BlobStore,
  limits?: SiteLimits,
): Promise<{ readonly site: TakenSite } | { readonly problems: readonly Problem[] }> {
  const walk = await walkSite(directory, limits);
  if (walk.problems.length > 0) return { problems: walk.problems };
  const files: SiteManifest['files'] = [];
  const problems: Problem[] = [];
  for (const { path, absolutePath } of walk.files) {
    try {
      const { sha256, bytes } = await blobs.addFile(absolutePath);
      files.push({ path, sha256, bytes });
    } catch (error) {
      const what = `the file cannot be taken in: ${(error as Error).message}`;
      const fix = 'check its permissions, and that the state directory has space';
      return { problems: [{ severity: 'error', code: 'control.site-copy', what, where: absolutePath, fix }] };
    }
  }
  const checked = siteManifestSchema.safeParse({ files });
  if (!checked.success) {
    // A backslash or a NUL cannot come from a directory on Linux; what is left are names that are no UTF-8.
    problems.push({
      severity: 'error',
      code: 'control.site-name',
      what: `the name of a file cannot be published: ${checked.error.issues[0]?.message ?? ''}`,
      where: directory,
      fix: 'rename the file',
    });
    return { problems };
  }
  const { sha256 } = await blobs.addBytes(Buffer.from(JSON.stringify(checked.data)));
  return { site: { manifest: sha256, files: files.length, bytes: files.reduce((sum, file) => sum + file.bytes, 0) } };
}

/** Which blobs must stay: all that a manifest names which some kept row of the log names. */
import { readFile } from 'node:fs/promises';
import { serviceIntentSchema, siteManifestSchema } from '../../network/intent.ts';
import type { Store } from '../store/store.ts';
import type { BlobStore } from './blobs.ts';

/** Removes the blobs of versions that the log has forgotten. Returns how many went. */
export async function sweepBlobs(store: Store, blobs: BlobStore): Promise<number> {
  const keep = new Set<string>();
  for (const json of store.valuesEver('service')) {
    const service = serviceIntentSchema.safeParse(JSON.parse(json));
    if (!service.success || service.data.kind !== 'static') continue;
    const { manifest } = service.data;
    keep.add(manifest);
    // A manifest that is gone has no files to keep; agents are told so when they ask for it.
    if ((await blobs.bytesOf(manifest)) === undefined) continue;
    const { files } = siteManifestSchema.parse(JSON.parse(await readFile(blobs.path(manifest), 'utf8')));
    for (const file of files) keep.add(file.sha256);
  }
  return blobs.sweep(keep);
}

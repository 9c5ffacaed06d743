/**
 * The PoP's copy of what control published: the newest record of each key, and how far it has read.
 *
 * Why a check before each batch: a batch is applied whole or not at all, so what does not follow on what is here is
 * refused before anything is touched.
 */
import type { FeedBatch, FeedKind, FeedRecord } from '../feed/records.ts';
import type { PopIntent, ServiceIntent } from '../network/intent.ts';

export interface Position {
  /** `undefined` until the first snapshot. */
  readonly epoch: string | undefined;
  readonly through: number;
}

export interface ReplicaContent extends Position {
  readonly records: readonly FeedRecord[];
}

export interface Replica {
  position(): Position;
  /** Why `batch` cannot be applied here; `undefined` where it can. */
  objection(batch: FeedBatch): string | undefined;
  /** Applies a batch that has no objection; whether it changed anything but the position. */
  apply(batch: FeedBatch): boolean;
  pop(name: string): PopIntent | undefined;
  drain(name: string): { readonly reason: string } | undefined;
  services(): ReadonlyMap<string, ServiceIntent>;
  /** Domain → service. */
  domains(): ReadonlyMap<string, string>;
  content(): ReplicaContent;
}

type Kept = { readonly [kind in FeedKind]: Map<string, FeedRecord> };

export function createReplica(content?: ReplicaContent): Replica {
  let epoch = content?.epoch;
  let through = content?.through ?? 0;
  let kept = keep(content?.records ?? []);

  return {
    position: () => ({ epoch, through }),
    objection(batch) {
      if (batch.snapshot) return undefined;
      if (batch.epoch !== epoch)
        return `it continues epoch ${batch.epoch}, but this PoP is at epoch ${epoch ?? 'none'}`;
      if (batch.through < through) return `it ends at ${batch.through}, but this PoP has already applied ${through}`;
      return undefined;
    },
    apply(batch) {
      if (batch.snapshot) kept = keep(batch.records);
      else for (const record of batch.records) put(kept, record);
      ({ epoch, through } = batch);
      return batch.snapshot || batch.records.length > 0;
    },
    pop(name) {
      const record = kept.pop.get(name);
      return record?.kind === 'pop' ? (record.value ?? undefined) : undefined;
    },
    drain(name) {
      const record = kept.drain.get(name);
      return record?.kind === 'drain' ? (record.value ?? undefined) : undefined;
    },
    services() {
      const services = new Map<string, ServiceIntent>();
      for (const record of kept.service.values()) {
        if (record.kind === 'service' && record.value !== null) services.set(record.name, record.value);
      }
      return services;
    },
    domains() {
      const domains = new Map<string, string>();
      for (const record of kept.domain.values()) {
        if (record.kind === 'domain' && record.value !== null) domains.set(record.name, record.value.service);
      }
      return domains;
    },
    content: () => ({ epoch, through, records: Object.values(kept).flatMap((records) => [...records.values()]) }),
  };
}

function keep(records: readonly FeedRecord[]): Kept {
  const kept: Kept = { pop: new Map(), drain: new Map(), service: new Map(), domain: new Map() };
  for (const record of records) put(kept, record);
  return kept;
}

/** Keys that are gone are forgotten, so the copy never grows beyond what is. */
function put(kept: Kept, record: FeedRecord): void {
  if (record.value === null) kept[record.kind].delete(record.name);
  else kept[record.kind].set(record.name, record);
}

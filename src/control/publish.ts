/**
 * From the network file to records: what the store must change so that it says what the file says.
 *
 * Why only differences: each change wakes every agent, and the log is the audit trail. An unchanged file changes nothing.
 * Pure; control.ts reads the file, takes the sites in and appends the result.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type DomainIntent,
  domainIntentSchema,
  type PopIntent,
  popIntentSchema,
  type ServiceIntent,
  serviceIntentSchema,
} from '../network/intent.ts';
import type { Change, LogRow } from './store/store.ts';

export interface Intent {
  readonly pops: Readonly<Record<string, PopIntent>>;
  readonly services: Readonly<Record<string, ServiceIntent>>;
  readonly domains: Readonly<Record<string, DomainIntent>>;
}

/** The records of the file's kinds that the store has now, and the drains. */
export interface Present {
  readonly pop: readonly LogRow[];
  readonly service: readonly LogRow[];
  readonly domain: readonly LogRow[];
  readonly drain: readonly LogRow[];
}

/**
 * The changes from `present` to `intent`, ordered so that a reader who stops half way has no dangling reference:
 * services before the domains that lead to them, and domains gone before their services.
 */
export function changesToPublish(present: Present, intent: Intent): readonly Change[] {
  const service = compare('service', present.service, intent.services, (value) => serviceIntentSchema.parse(value));
  const domain = compare('domain', present.domain, intent.domains, (value) => domainIntentSchema.parse(value));
  const pop = compare('pop', present.pop, intent.pops, (value) => popIntentSchema.parse(value));
  // The drain of a PoP that is no more would wait for the next PoP of that name.
  const staleDrains = present.drain.filter((row) => !Object.hasOwn(intent.pops, row.name));
  return [
    ...service.set,
    ...domain.set,
    ...pop.set,
    ...domain.gone,
    ...service.gone,
    ...pop.gone,
    ...staleDrains.map(({ name }) => ({ kind: 'drain', name, json: null }) as const),
  ];
}

function compare(
  kind: 'pop' | 'service' | 'domain',
  present: readonly LogRow[],
  wanted: Readonly<Record<string, unknown>>,
  check: (value: unknown) => unknown,
): { readonly set: readonly Change[]; readonly gone: readonly Change[] } {
  const now = new Map(present.map((row) => [row.name, row.json]));
  const set: Change[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    const before = now.get(name);
    now.delete(name);
    const json = JSON.stringify(check(value));
    // The order of keys may differ between versions of the software; that is no change.
    if (before === json || (before != null && isDeepStrictEqual(JSON.parse(before), JSON.parse(json)))) continue;
    set.push({ kind, name, json });
  }
  return { set, gone: [...now.keys()].map((name) => ({ kind, name, json: null })) };
}

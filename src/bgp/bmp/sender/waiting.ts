/**
 * The changes of one table that a station has not been told of yet: the last state of each path, in the order of the first change.
 *
 * Why state and not a queue: whatever a slow station misses in between, it is told what is true now (RFC 7854 §5 allows such compression), and what
 * waits never grows beyond the table.
 */
import { nlriKey } from '../../message/nlri.ts';
import type { AddressFamily } from '../../message/types.ts';
import type { TableChange } from './monitoring.ts';

export class WaitingChanges {
  #changes = new Map<string, TableChange>();
  readonly #complete = new Set<AddressFamily>();
  #sinceMicroseconds = 0;

  get size(): number {
    return this.#changes.size;
  }

  get isEmpty(): boolean {
    return this.#changes.size === 0 && this.#complete.size === 0;
  }

  /** When the first of them happened. */
  get sinceMicroseconds(): number {
    return this.#sinceMicroseconds;
  }

  /** Returns by how much more waits. */
  add(change: TableChange, nowMicroseconds: number): number {
    const before = this.#changes.size;
    if (before === 0) this.#sinceMicroseconds = nowMicroseconds;
    this.#changes.set(nlriKey(change.nlri), change);
    return this.#changes.size - before;
  }

  /** Forgets what waits of one path. Returns by how much less waits. */
  drop({ nlri }: TableChange): number {
    return this.#changes.delete(nlriKey(nlri)) ? 1 : 0;
  }

  /** Forgets all announcements. Returns by how much less waits. */
  dropAnnouncements(): number {
    const before = this.#changes.size;
    for (const [key, { route }] of this.#changes) if (route !== undefined) this.#changes.delete(key);
    return before - this.#changes.size;
  }

  /** End-of-RIB is to follow what waits. */
  complete(family: AddressFamily): void {
    this.#complete.add(family);
  }

  /** Takes up to `count` of them, the oldest first. */
  take(count: number): readonly TableChange[] {
    const taken: TableChange[] = [];
    for (const [key, change] of this.#changes) {
      if (taken.length >= count) break;
      taken.push(change);
      this.#changes.delete(key);
    }
    return taken;
  }

  /** The families to be ended now, where no change waits any more. */
  takeComplete(): readonly AddressFamily[] {
    if (this.#changes.size > 0) return [];
    const families = [...this.#complete];
    this.#complete.clear();
    return families;
  }
}

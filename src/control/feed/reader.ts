/**
 * One agent's reading of the feed: what to write next, given where the agent is and what the store has.
 *
 * Why it pulls: each page is read from the store when the connection can take it, so a slow agent costs one page of
 * memory, however far behind it is. One that takes nothing for `stallMs` is dropped and resumes later.
 * A snapshot is one batch and may be large: it is written in pieces of one line, as of one sequence number, so changes
 * that come meanwhile follow in a batch of their own. Contract and wire format: feed/records.ts.
 */
import type { Clock } from '../../base/clock.ts';
import { feedHeartbeatMs } from '../../feed/records.ts';
import type { LogRow, Store } from '../store/store.ts';

/** The connection, as the reader sees it. */
export interface FeedSink {
  /** Returns false when the connection wants no more until `onDrain`'s action is called. */
  write(text: string): boolean;
  onDrain(action: () => void): void;
  /** Cuts the connection off. */
  drop(reason: string): void;
}

export interface FeedReaderOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly sink: FeedSink;
  readonly pop: string;
  /** What the agent says that it has; null where it has nothing. */
  readonly position: { readonly epoch: string; readonly after: number } | null;
}

const pageRows = 500;
/** A connection that takes nothing for so long is dead or useless. */
export const stallMs = 15_000;

export class FeedReader {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #sink: FeedSink;
  readonly #pop: string;
  #cursor: number;
  /** The number that the snapshot under way shows; undefined once it is written. */
  #snapshotOf: number | undefined;
  #snapshotBegun = false;
  #blocked = false;
  #ended = false;
  #cancelTimer: () => void = () => {};

  constructor(options: FeedReaderOptions) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#sink = options.sink;
    this.#pop = options.pop;
    const resumed = resumeAfter(options.store, options.position);
    this.#cursor = resumed ?? 0;
    if (resumed === undefined) this.#snapshotOf = options.store.through();
  }

  /** Writes all that the connection takes now. Called at the start and whenever the store has grown. */
  wake(): void {
    try {
      this.#writeOn();
    } catch (error) {
      // A store that cannot be read costs the agents their feed; what changed is stored all the same.
      this.#drop(`the store cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #writeOn(): void {
    while (!this.#ended && !this.#blocked) {
      // It was so slow that removals which it has not seen are forgotten. It comes back and gets a snapshot.
      if ((this.#snapshotOf ?? this.#cursor) < this.#store.floor()) this.#drop('what it was reading is forgotten');
      else if (this.#snapshotOf !== undefined) this.#writeSnapshotPage(this.#snapshotOf);
      else if (this.#cursor < this.#store.through()) this.#writePage();
      else break;
    }
    if (!this.#ended && !this.#blocked) this.#setTimer(feedHeartbeatMs, () => this.#writeHeartbeat());
  }

  #drop(reason: string): void {
    this.end();
    this.#sink.drop(reason);
  }

  end(): void {
    this.#ended = true;
    this.#cancelTimer();
  }

  #writePage(): void {
    const through = this.#store.through();
    const rows = this.#read(through, false);
    const last = rows.length < pageRows ? undefined : rows.at(-1);
    this.#cursor = last?.sequence ?? through;
    this.#write(`${this.#opening(false, this.#cursor)}${rows.map(recordText).join()}]}\n`);
  }

  #writeSnapshotPage(through: number): void {
    const rows = this.#read(through, true);
    const opening = this.#snapshotBegun ? '' : this.#opening(true, through);
    const separator = this.#snapshotBegun && rows.length > 0 ? ',' : '';
    const done = rows.length < pageRows;
    this.#snapshotBegun = true;
    this.#cursor = done ? through : (rows.at(-1) as LogRow).sequence;
    if (done) this.#snapshotOf = undefined;
    this.#write(`${opening}${separator}${rows.map(recordText).join()}${done ? ']}\n' : ''}`);
  }

  #writeHeartbeat(): void {
    this.#write(`${this.#opening(false, this.#cursor)}]}\n`);
    this.wake();
  }

  #read(through: number, presentOnly: boolean): readonly LogRow[] {
    return this.#store.read({ after: this.#cursor, through, limit: pageRows, visibleTo: this.#pop, presentOnly });
  }

  #opening(snapshot: boolean, through: number): string {
    return `{"epoch":${JSON.stringify(this.#store.epoch)},"snapshot":${snapshot},"through":${through},"records":[`;
  }

  #write(text: string): void {
    if (this.#sink.write(text)) return;
    this.#blocked = true;
    this.#setTimer(stallMs, () => this.#drop(`it took nothing for ${stallMs} ms`));
    this.#sink.onDrain(() => {
      this.#blocked = false;
      this.wake();
    });
  }

  #setTimer(delayMs: number, action: () => void): void {
    this.#cancelTimer();
    if (!this.#ended) this.#cancelTimer = this.#clock.after(delayMs, action);
  }
}

/**
 * The number to go on after; `undefined` where only a snapshot helps: nothing or another epoch is there, a removal since
 * then is forgotten, or the agent is ahead of a store that was restored from a backup.
 */
export function resumeAfter(
  store: Store,
  position: { readonly epoch: string; readonly after: number } | null,
): number | undefined {
  if (position === null || position.epoch !== store.epoch || position.after === 0) return undefined;
  if (position.after < store.floor() || position.after > store.through()) return undefined;
  return position.after;
}

/** The stored value is JSON already and goes out as it is. */
function recordText(row: LogRow): string {
  return `{"sequence":${row.sequence},"name":${JSON.stringify(row.name)},"kind":"${row.kind}","value":${row.json}}`;
}

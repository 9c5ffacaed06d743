import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type FeedBatch, type FeedKind, feedBatchSchema, feedHeartbeatMs } from '../../feed/records.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import type { Change, Store } from '../store/store.ts';
import { FeedReader, resumeAfter, stallMs } from './reader.ts';

const author = { actor: 'tester', at: 0 };
const domain = (name: string, service: string | null): Change => ({
  kind: 'domain',
  name,
  json: service === null ? null : JSON.stringify({ service }),
});

/** A connection that takes `room` writes and then wants no more until it is drained. */
class Sink {
  text = '';
  room = Number.POSITIVE_INFINITY;
  dropped: string | undefined;
  #onDrain: () => void = () => {};

  write(text: string): boolean {
    this.text += text;
    this.room--;
    return this.room > 0;
  }
  onDrain(action: () => void): void {
    this.#onDrain = action;
  }
  drop(reason: string): void {
    this.dropped = reason;
  }
  drain(room: number): void {
    this.room = room;
    this.#onDrain();
  }
  batches(): FeedBatch[] {
    return this.text
      .split('\n')
      .slice(0, -1)
      .map((line) => feedBatchSchema.parse(JSON.parse(line)));
  }
}

function reading(store: Store, position: { epoch: string; after: number } | null, sink = new Sink()) {
  const clock = new ManualClock();
  const reader = new FeedReader({ store, clock, sink, pop: 'fra', position });
  reader.wake();
  return { clock, reader, sink };
}

test('a quiet feed shows a sign of life at each heartbeat, and none after its end', () => {
  const store = openSqliteStore(':memory:');
  store.append([domain('a.example', 's')], author);
  const { clock, reader, sink } = reading(store, { epoch: store.epoch, after: 1 });
  assert.deepEqual(sink.batches(), []);
  clock.advance(feedHeartbeatMs - 1);
  assert.deepEqual(sink.batches(), []);
  clock.advance(1);
  assert.deepEqual(sink.batches(), [{ epoch: store.epoch, snapshot: false, through: 1, records: [] }]);
  clock.advance(2 * feedHeartbeatMs);
  assert.equal(sink.batches().length, 3);
  reader.end();
  clock.advance(10 * feedHeartbeatMs);
  assert.equal(sink.batches().length, 3);
});

test('a snapshot of many pages is one batch, as of its beginning; later changes follow', () => {
  const store = openSqliteStore(':memory:');
  store.append(
    Array.from({ length: 1_700 }, (_, i) => domain(`d${i}`, 's')),
    author,
  );
  const sink = new Sink();
  sink.room = 1;
  const { reader } = reading(store, null, sink);
  assert.equal(sink.batches().length, 0, 'the first page is out, the line is not whole');
  // A record that is yet to come in the snapshot changes now: the snapshot must still have it.
  store.append([domain('d1600', 'other'), domain('d1601', null)], author);
  reader.wake();
  assert.equal(sink.batches().length, 0, 'nothing is written while the connection wants no more');
  sink.drain(Number.POSITIVE_INFINITY);
  const [snapshot, next, ...rest] = sink.batches();
  assert.equal(snapshot?.snapshot, true);
  assert.equal(snapshot?.through, 1_700);
  assert.deepEqual(
    snapshot?.records.map((record) => record.name),
    Array.from({ length: 1_700 }, (_, i) => `d${i}`),
  );
  assert.deepEqual(
    next?.records.map(({ sequence, name, value }) => [sequence, name, value]),
    [
      [1_701, 'd1600', { service: 'other' }],
      [1_702, 'd1601', null],
    ],
  );
  assert.deepEqual(rest, []);
});

test('a snapshot whose records fill whole pages, or none, is well-formed', () => {
  for (const count of [0, 1, 499, 500, 501, 1_000]) {
    const store = openSqliteStore(':memory:');
    store.append(
      Array.from({ length: count }, (_, i) => domain(`d${i}`, 's')),
      author,
    );
    const { sink } = reading(store, null);
    const [batch, ...rest] = sink.batches();
    assert.equal(batch?.records.length, count);
    assert.equal(batch?.through, count);
    assert.deepEqual(rest, []);
  }
});

test('a reader that takes nothing is dropped; one that takes a little is not', () => {
  const store = openSqliteStore(':memory:');
  store.append(
    Array.from({ length: 1_200 }, (_, i) => domain(`d${i}`, 's')),
    author,
  );
  const sink = new Sink();
  sink.room = 1;
  const { clock } = reading(store, { epoch: 'another', after: 5 }, sink);
  clock.advance(stallMs - 1);
  sink.drain(1);
  clock.advance(stallMs - 1);
  assert.equal(sink.dropped, undefined);
  const before = sink.text.length;
  clock.advance(1);
  assert.match(sink.dropped ?? '', /took nothing/);
  sink.drain(10);
  clock.advance(stallMs);
  assert.equal(sink.text.length, before, 'nothing is written to a connection that was dropped');
});

test('a store that fails ends the feed, not the process', () => {
  const store = openSqliteStore(':memory:');
  store.append([domain('a', 's')], author);
  const { reader, sink } = reading(store, { epoch: store.epoch, after: 1 });
  store.append([domain('b', 's')], author);
  store.close();
  reader.wake();
  assert.match(sink.dropped ?? '', /cannot be read/);
});

test('a reader so slow that compaction overtakes it is dropped, and starts over', () => {
  const store = openSqliteStore(':memory:');
  const many = Array.from({ length: 1_200 }, (_, i) => domain(`d${i}`, 's'));
  store.append(many, author);
  for (const position of [null, { epoch: store.epoch, after: 1 }]) {
    const sink = new Sink();
    sink.room = 1;
    reading(store, position, sink);
    store.append([domain('d3', null), domain('d1100', null), domain('d9', 't')], author);
    store.compact(1);
    sink.drain(Number.POSITIVE_INFINITY);
    assert.match(sink.dropped ?? '', /forgotten/);
  }
  const { sink } = reading(store, { epoch: store.epoch, after: 1 });
  assert.equal(sink.batches()[0]?.snapshot, true);
});

test('where to resume', () => {
  const store = openSqliteStore(':memory:');
  store.append([domain('a', 's'), domain('a', null), domain('b', 's'), domain('c', 's')], author);
  store.compact(2);
  assert.equal(store.floor(), 2);
  const { epoch } = store;
  const cases = [
    [null, undefined, 'an agent that has nothing'],
    [{ epoch, after: 0 }, undefined, 'nothing of this epoch'],
    [{ epoch: 'another', after: 3 }, undefined, 'another store'],
    [{ epoch, after: 1 }, undefined, 'the removal of a is forgotten'],
    [{ epoch, after: 2 }, 2, 'just behind the forgotten removal'],
    [{ epoch, after: 4 }, 4, 'all is known'],
    [{ epoch, after: 5 }, undefined, 'ahead of a store that was restored from a backup'],
  ] as const;
  for (const [position, expected, why] of cases) assert.equal(resumeAfter(store, position), expected, why);
});

test('however the changes come and wherever an agent resumes, it ends with what the store has', () => {
  const change = fc.record({
    kind: fc.constantFrom<FeedKind>('pop', 'drain', 'domain'),
    name: fc.constantFrom('fra', 'sin', 'x'),
    set: fc.boolean(),
  });
  const run = fc.array(
    fc.record({ changes: fc.array(change, { maxLength: 6 }), cut: fc.boolean(), compact: fc.boolean() }),
  );
  fc.assert(
    fc.property(run, (rounds) => {
      const store = openSqliteStore(':memory:');
      const have = new Map<string, number>();
      let position: { epoch: string; after: number } | null = null;
      let current = reading(store, position, new RawSink());
      let taken = 0;
      const take = (): void => {
        const batches = (current.sink as RawSink).parsed();
        for (const batch of batches.slice(taken)) {
          if (batch.snapshot) have.clear();
          for (const { kind, name, value, sequence } of batch.records) {
            if (value === null) have.delete(`${kind} ${name}`);
            else have.set(`${kind} ${name}`, sequence);
          }
          position = { epoch: batch.epoch, after: batch.through };
        }
        taken = batches.length;
      };
      for (const { changes, cut, compact } of rounds) {
        take();
        if (cut) current.reader.end();
        store.append(
          changes.map(({ kind, name, set }) => ({ kind, name, json: set ? '{}' : null })),
          author,
        );
        if (compact) store.compact(2);
        if (!cut) current.reader.wake();
        if (cut || current.sink.dropped !== undefined) {
          take();
          current = reading(store, position, new RawSink());
          taken = 0;
        }
      }
      take();
      const wanted = (['pop', 'drain', 'domain'] as const)
        .flatMap((kind) => [...store.list(kind)])
        .filter((row) => row.kind === 'domain' || row.name === 'fra')
        .map((row) => [`${row.kind} ${row.name}`, row.sequence] as const);
      assert.deepEqual([...have].sort(), [...wanted].sort());
      current.reader.end();
      store.close();
    }),
    { numRuns: 60 },
  );
});

/** Takes values that no schema would: the property is about which records come, not about what is in them. */
class RawSink extends Sink {
  parsed(): FeedBatch[] {
    return this.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as FeedBatch);
  }
}

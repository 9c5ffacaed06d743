import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../base/clock.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { waitFor } from '../testing/wait.ts';
import { type AccessLogEntry, formatEntry, openAccessLog } from './access-log.ts';

const entry: AccessLogEntry = {
  id: 'abc-1',
  client: '192.0.2.7',
  host: 'api.example',
  method: 'GET',
  path: '/',
  httpMinor: 1,
  status: 200,
  bytes: 12,
  durationMs: 1.23456,
  service: 'api',
  originServer: 'http://origin.example',
  pop: 'fra',
  userAgent: 'test',
  failure: '',
};

describe('the access log', () => {
  it('writes each line as JSON, whatever a client sent', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string(),
        fc.string({ unit: 'binary' }),
        (host, path, userAgent) => {
          const line = formatEntry({ ...entry, host, path, userAgent }, '2026-01-01T00:00:00.000Z');
          assert.equal(line.indexOf('\n'), line.length - 1);
          const read = JSON.parse(line);
          assert.equal(read.host, host);
          assert.equal(read.path, path);
          assert.equal(read.userAgent ?? '', userAgent);
          assert.equal(read.durationMs, 1.235);
        },
      ),
    );
  });

  it('gathers lines and writes them after a while, in order', async (t) => {
    const path = join(temporaryDirectory(t), 'log');
    const clock = new ManualClock();
    const log = openAccessLog({ path, clock });
    t.after(() => log.close());
    for (let i = 0; i < 5; i++) log.add({ ...entry, id: `id-${i}` });
    assert.equal(readFileSync(path, 'utf8'), '');
    clock.advance(1000);
    const lines = await waitFor('the lines', () => readFileSync(path, 'utf8').match(/id-\d/g));
    assert.deepEqual(lines, ['id-0', 'id-1', 'id-2', 'id-3', 'id-4']);
  });

  it('writes all of many lines, and what is left at its end', (t) => {
    const path = join(temporaryDirectory(t), 'log');
    const log = openAccessLog({ path, clock: systemClock });
    for (let i = 0; i < 50; i++) log.add(entry);
    log.close();
    log.close();
    assert.equal(readFileSync(path, 'utf8').trim().split('\n').length, 50);
    assert.equal(log.droppedLines, 0);
  });

  it('loses none of more lines than go out at once, each with its time', async (t) => {
    const path = join(temporaryDirectory(t), 'log');
    const clock = new ManualClock();
    const log = openAccessLog({ path, clock });
    const times: string[] = [];
    for (let i = 0; i < 5_000; i++) {
      times.push(new Date(clock.wallTime()).toISOString());
      log.add({ ...entry, id: `id-${i}`, userAgent: i % 7 === 0 ? 'caf\u00e9 \u{1f600}' : 'plain' });
      clock.advance(i % 100 === 0 ? 777 : 1.5);
      if (i === 2_500) await waitFor('a first part', () => readFileSync(path).length > 0);
    }
    log.close();
    const lines = () => readFileSync(path, 'utf8').trim().split('\n');
    await waitFor('all lines', () => lines().length === 5_000);
    // What is still being written when the log is closed may end up behind the rest.
    const read = lines()
      .map((line) => JSON.parse(line))
      .sort((a, b) => Number(a.id.slice(3)) - Number(b.id.slice(3)));
    assert.equal(log.droppedLines, 0);
    for (const [i, { id, time, userAgent }] of read.entries()) {
      assert.equal(id, `id-${i}`);
      assert.equal(time, times[i]);
      assert.equal(userAgent, i % 7 === 0 ? 'caf\u00e9 \u{1f600}' : 'plain');
    }
  });

  it('drops and counts what does not fit', (t) => {
    const clock = new ManualClock();
    const log = openAccessLog({ path: join(temporaryDirectory(t), 'log'), clock, bufferedBytes: 1000 });
    t.after(() => log.close());
    for (let i = 0; i < 100; i++) log.add(entry);
    assert.ok(log.droppedLines > 80, `${log.droppedLines} dropped`);
  });

  it('cannot be a directory', (t) => {
    const path = join(temporaryDirectory(t), 'log');
    mkdirSync(path);
    assert.throws(() => openAccessLog({ path, clock: systemClock }), /EISDIR/);
  });
});

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

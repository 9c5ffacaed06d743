/** The agents of a lab tell a monitoring station of their sessions and of what they announce, through failures. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { type BmpStation, startStation } from '../../src/bgp/bmp/transport/station-server.ts';
import { formatPrefix } from '../../src/ip/prefix.ts';
import { type LabProcess, startLabProcess } from '../../src/testing/lab-process.ts';
import { waitFor } from '../../src/testing/wait.ts';

describe('a monitoring station beside the lab', { timeout: 120_000 }, () => {
  let station: BmpStation;
  let lab: LabProcess;
  before(async () => {
    station = await startStation({ clock: systemClock, listen: { host: '127.0.0.1', port: 0 } });
    lab = await startLabProcess({
      prepare: (directory) => {
        const file = join(directory, 'network.yaml');
        const bmp = `bmp: { stations: [{ host: 127.0.0.1, port: ${station.listen.port} }] }\n`;
        writeFileSync(file, `${readFileSync(file, 'utf8')}\n${bmp}`);
      },
    });
  });
  after(async () => {
    await lab?.end();
    await station?.stop();
  });

  /** What a PoP tells its neighbours, by the station. */
  const told = (pop: string): readonly string[] => {
    const router = station.routers().find(({ sysName }) => sysName?.startsWith(`${pop}.`));
    const routes = router?.peers.flatMap(({ key }) => [...station.routes(router.id, key, 'adj-rib-out-post-policy')]);
    return [...new Set(routes?.map(({ prefix }) => formatPrefix(prefix)))];
  };

  test('each PoP is a router to it, and a drained one takes its routes back there, too', async () => {
    await waitFor('all PoPs tell what they announce', () => ['fra', 'iad', 'sin'].every((pop) => told(pop).length > 0));
    assert.ok(station.routers().every(({ faults }) => faults === 0));
    await waitFor('control knows', () => /BMP/.test(lab.cli('status')));
    assert.match(lab.cli('status'), /fra .* 1\/1 /);
    lab.cli('pop', 'drain', 'fra');
    await waitFor('the station sees the withdrawal', () => told('fra').length === 0);
    assert.ok(told('iad').length > 0);
  });
});

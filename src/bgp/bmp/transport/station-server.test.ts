import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { listeningStation } from '../../../testing/bmp.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { waitFor } from '../../../testing/wait.ts';
import { bytesOf, message } from '../message/bmp.vectors.ts';

const initiation = message(4, '0002 0002 7231');

function closed(socket: net.Socket): Promise<unknown> {
  socket.on('error', () => {});
  return new Promise((resolve) => socket.once('close', resolve));
}

test('a router comes, names itself and goes', async (t) => {
  const { station, said } = await listeningStation(t);
  const socket = net.connect(station.listen);
  socket.write(initiation.subarray(0, 7));
  await waitFor('the connection', () => said('router-up').length === 1);
  socket.write(initiation.subarray(7));
  await waitFor('its name', () => said('router-named')[0]?.sysName === 'r1');
  socket.end();
  await waitFor('its end', () => said('router-down').length === 1);
  assert.equal(said('router-down')[0]?.why, 'the router closed the connection');
  assert.deepEqual(station.routers(), []);
});

test('a stream that is no BMP is closed', async (t) => {
  const { station, said } = await listeningStation(t);
  const socket = net.connect(station.listen);
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await closed(socket);
  await waitFor('its end', () => said('router-down')[0]?.why === 'its stream could not be followed');
});

test('who says nothing is closed; who has spoken may be silent', async (t) => {
  const clock = new ManualClock();
  const { station, said } = await listeningStation(t, { clock, firstMessageMs: 1000 });
  const [silent, speaks] = [net.connect(station.listen), net.connect(station.listen)];
  t.after(() => speaks.destroy());
  speaks.write(initiation);
  await waitFor('both', () => said('router-up').length === 2 && said('router-named').length === 1);
  clock.advance(1000);
  await closed(silent);
  await waitFor('its end', () => said('router-down').length === 1);
  assert.equal(said('router-down')[0]?.why, 'it said nothing');
  assert.equal(station.routers().length, 1);
});

test('a router too many is refused', async (t) => {
  const { station, said } = await listeningStation(t, { maximumRouters: 1 });
  const first = net.connect(station.listen);
  t.after(() => first.destroy());
  await waitFor('the first', () => said('router-up').length === 1);
  await closed(net.connect(station.listen));
  assert.equal(station.routers().length, 1);
});

test('paused, it takes no bytes; resumed, it takes them all', async (t) => {
  const { station, said } = await listeningStation(t);
  const socket = net.connect(station.listen);
  t.after(() => socket.destroy());
  await waitFor('the connection', () => said('router-up').length === 1);
  station.pause();
  // More than the two kernels hold: the rest waits at the router.
  const large = message(4, `0000 ea60 ${'78'.repeat(60_000)}`);
  const count = 400;
  socket.write(Buffer.concat(Array.from({ length: count }, () => large)));
  await waitFor('the router to be stuck', () => socket.bytesWritten > 0 && socket.writableLength > 0);
  assert.ok(said('router-named').length < count / 10);
  station.resume();
  await waitFor('all of it', () => said('router-named').length === count);
});

test('stopping closes all, and can be asked for twice', async (t) => {
  const { station, said } = await listeningStation(t);
  const socket = net.connect(station.listen);
  socket.write(bytesOf('03'));
  await waitFor('the connection', () => said('router-up').length === 1);
  const end = closed(socket);
  await station.stop();
  await station.stop();
  await end;
  assert.equal(said('router-down')[0]?.why, 'the station stopped');
});

/**
 * A process that plays recorded bytes to BGP speakers: connects, sends its OPEN, and once the session stands all UPDATEs of
 * the first phase; a line on standard input sends those of the next one. Started by `feed.ts` in a network namespace.
 *
 * Why bytes and no speaker: a sender that decides nothing can send attributes that no speaker of ours would originate.
 */
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';
import type { FeedSession } from './feed.ts';

const openType = 1;
const keepaliveType = 4;
const headerBytes = 19;
const retryMs = 100;
const keepalive = Buffer.concat([Buffer.alloc(16, 0xff), Buffer.from([0, headerBytes, keepaliveType])]);

const sessions = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as readonly FeedSession[];
const sockets = new Map<FeedSession, net.Socket>();
let established = 0;
let phase = 0;

for (const session of sessions) play(session);
createInterface({ input: process.stdin }).on('line', () => {
  phase++;
  for (const session of sessions) sendPhase(session);
  console.log(`phase ${phase}`);
});

function play(session: FeedSession): void {
  const { host, port, localAddress, open } = session;
  const socket = net.connect({ host, port, localAddress });
  let buffer = Buffer.alloc(0);
  let isUp = false;
  socket.on('connect', () => socket.write(Buffer.from(open, 'hex')));
  socket.on('data', (data: Buffer) => {
    buffer = Buffer.concat([buffer, data]);
    while (buffer.length >= headerBytes && buffer.length >= buffer.readUInt16BE(16)) {
      const type = buffer[18];
      if (type === openType) socket.write(keepalive);
      if (type === 3) console.log(`notification ${buffer.subarray(19, buffer.readUInt16BE(16)).toString('hex')}`);
      if (type === keepaliveType && !isUp) {
        isUp = true;
        sockets.set(session, socket);
        sendPhase(session);
        if (++established === sessions.length) console.log('phase 0');
      }
      buffer = buffer.subarray(buffer.readUInt16BE(16));
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    // Not there yet, or it refused: until the session stands once, try again.
    if (!isUp) setTimeout(() => play(session), retryMs);
    else console.log(`closed ${host}`);
  });
}

function sendPhase(session: FeedSession): void {
  const socket = sockets.get(session);
  for (const hex of session.phases[phase] ?? []) socket?.write(Buffer.from(hex, 'hex'));
}

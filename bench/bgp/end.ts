/**
 * A process that plays one end of a session: it connects, and either sends a made-up table when it is told to (`feeder`), or
 * counts what it hears (`sink`). It says when, in milliseconds since 1970.
 *
 * Why no speaker: it should cost the machine as little as it can beside the router that is measured.
 */
import net from 'node:net';
import { createInterface } from 'node:readline';
import { assert } from '../../src/base/assert.ts';
import { encodeMessage } from '../../src/bgp/message/codec.ts';
import { MessageFramer } from '../../src/bgp/message/framer.ts';
import { findUpdate, forEachNlri } from '../../src/bgp/message/update-in-place.ts';
import { parseAddress } from '../../src/ip/address.ts';
import { addresses, asns } from './network.ts';
import { announcements, codec, withdrawals } from './table.ts';

const [role, target, countText] = process.argv.slice(2);
assert(role === 'feeder' || role === 'sink', 'a role');
assert(target !== undefined, 'whom to connect to');
const count = Number(countText);
const own = parseAddress(addresses[role]);
assert(own !== undefined, 'an address');
const open = encodeMessage(
  {
    type: 'open',
    asn: asns[role],
    holdTimeSeconds: 240,
    routerId: own,
    capabilities: [
      { kind: 'multiprotocol', family: 'ipv4-unicast' },
      { kind: 'four-octet-asn', asn: asns[role] },
    ],
  },
  codec,
);
const keepalive = encodeMessage({ type: 'keepalive' }, codec);
const said = role === 'feeder' ? { send: announcements(count, asns.feeder, own), withdraw: withdrawals(count) } : {};
const heard = { announced: 0, withdrawn: 0 };
const now = (): number => performance.timeOrigin + performance.now();

dial();

function dial(): void {
  const socket = net.connect({ host: target as string, port: 179, localAddress: addresses[role as 'feeder' | 'sink'] });
  const framer = new MessageFramer();
  let up = false;
  socket.on('connect', () => socket.write(Buffer.concat(open)));
  socket.on('data', (data) => {
    for (const raw of framer.push(data).messages) {
      const type = raw[18];
      if (type === 1) socket.write(Buffer.concat(keepalive));
      else if (type === 3) console.log(`notification ${Buffer.from(raw).toString('hex')}`);
      else if (type === 4 && !up) {
        up = true;
        setInterval(() => socket.write(Buffer.concat(keepalive)), 60_000);
        console.log('up');
        if (role === 'feeder') obey(socket);
      } else if (type === 2 && role === 'sink') hear(raw);
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    if (up) console.log('closed');
    else setTimeout(dial, 100);
  });
}

function obey(socket: net.Socket): void {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const bytes = said[line as keyof typeof said];
    if (bytes === undefined) return;
    console.log(`${line} ${now()}`);
    socket.write(bytes);
  });
}

function hear(raw: Uint8Array): void {
  const update = findUpdate(raw, codec);
  if (update === undefined) return;
  const what = update.key === undefined ? 'withdrawn' : 'announced';
  forEachNlri(update, () => {
    heard[what]++;
    if (heard[what] === count) console.log(`${what} ${now()}`);
    return true;
  });
}

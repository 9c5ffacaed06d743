/**
 * Our side of the benchmark, a process in a namespace: BFD sessions, and on request a main thread that loads one full table
 * after the other. Its argument is a task as JSON; it writes the lines of `OursLine`; SIGUSR2 asks for the status.
 */
import { seededRandom } from '../../src/base/random.ts';
import { createBfd } from '../../src/bfd/bfd.ts';
import { encodeMessage } from '../../src/bgp/message/codec.ts';
import type { CodecContext, Message } from '../../src/bgp/message/types.ts';
import { acceptAll } from '../../src/bgp/policy/common.ts';
import { createSpeakerCore } from '../../src/bgp/speaker/speaker.ts';
import type { Address } from '../../src/ip/address.ts';
import type { OursLine, OursTask } from './world.ts';

const prefixesOfATable = 1_000_000;
const prefixesOfAnUpdate = 10;
/** As much as a socket hands over at once. */
const pieceBytes = 64 * 1024;

const peerAddress: Address = { family: 4, bytes: Uint8Array.of(10, 9, 0, 1) };
const codec: CodecContext = { fourOctetAsn: true, external: true, families: ['ipv4-unicast'] };

function write(line: OursLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** What a peer sends of a full table, in the pieces of a socket. */
function* pieces(): Generator<Uint8Array> {
  const capabilities = [
    { kind: 'four-octet-asn', asn: 64501 },
    { kind: 'multiprotocol', family: 'ipv4-unicast' },
  ] as const;
  const messages = function* (): Generator<Message> {
    yield { type: 'open', asn: 64501, holdTimeSeconds: 0, routerId: peerAddress, capabilities };
    yield { type: 'keepalive' };
    const random = seededRandom(1);
    for (let first = 0; first < prefixesOfATable; first += prefixesOfAnUpdate) {
      const prefixes = Array.from({ length: prefixesOfAnUpdate }, (_, index) => {
        const number = (1 << 16) + first + index;
        return { family: 4, bytes: Uint8Array.of(number >> 16, number >> 8, number, 0), length: 24 } as const;
      });
      const asns = [64501, ...Array.from({ length: 3 }, () => 1 + random.below(64_000))];
      yield {
        type: 'update',
        withdrawn: [],
        reach: [{ family: 'ipv4-unicast', nextHop: peerAddress, prefixes }],
        attributes: { originCode: 'igp', asPath: [{ kind: 'sequence', asns }] },
        errors: [],
      };
    }
  };
  let held: Uint8Array[] = [];
  let bytes = 0;
  for (const message of messages()) {
    for (const raw of encodeMessage(message, codec)) {
      held.push(raw);
      bytes += raw.length;
    }
    if (bytes < pieceBytes && message.type === 'update') continue;
    yield Buffer.concat(held);
    [held, bytes] = [[], 0];
  }
  yield Buffer.concat(held);
}

let bytesLoaded = 0;

async function loadTable(): Promise<number> {
  const core = createSpeakerCore(
    { asn: 64500, routerId: { family: 4, bytes: Uint8Array.of(10, 9, 0, 2) } },
    seededRandom(1),
  );
  const peer = 'table';
  core.step({
    type: 'add-peer',
    peer: {
      id: peer,
      peerAsn: 64501,
      address: peerAddress,
      holdTimeSeconds: 0,
      connectRetrySeconds: 5,
      families: ['ipv4-unicast'],
      passive: true,
      importPolicy: acceptAll,
      nextHops: {},
    },
  });
  core.step({ type: 'connected', peer, side: 'incoming' });
  for (const bytes of pieces()) {
    core.step({ type: 'bytes', peer, side: 'incoming', bytes });
    bytesLoaded += bytes.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return core.neighbors()[0]?.acceptedRoutes ?? 0;
}

const task = JSON.parse(process.argv[2] ?? '') as OursTask;
const bfd = createBfd();
let isStopping = false;
bfd.onChange((change) => write({ at: performance.timeOrigin + performance.now(), change }));
process.on('SIGUSR2', () => void bfd.status().then((status) => write({ status, bytesLoaded })));
process.on('SIGTERM', () => {
  isStopping = true;
  void bfd.stop();
});
for (const session of task.sessions) await bfd.addSession(session);
while (task.loadTables && !isStopping) {
  if ((await loadTable()) !== prefixesOfATable) throw new Error('the table was not taken');
}

/** Announces a route while a health check holds, and withdraws it when the check fails: anycast at its smallest. */
import { parseArgs } from 'node:util';
import { announceOwn, createSpeaker } from 'nearcast/bgp';

const { values: options } = parseArgs({
  options: {
    asn: { type: 'string', default: '64500' },
    'router-id': { type: 'string', default: '198.51.100.2' },
    peer: { type: 'string', default: '198.51.100.1' },
    'peer-asn': { type: 'string', default: '64501' },
    port: { type: 'string', default: '179' },
    'local-address': { type: 'string' },
    prefix: { type: 'string', default: '192.0.2.0/24' },
    check: { type: 'string', default: 'http://127.0.0.1:8080/healthz' },
    'interval-ms': { type: 'string', default: '500' },
  },
});

const speaker = createSpeaker({ asn: Number(options.asn), routerId: options['router-id'] });
speaker.on('session', (change) => {
  console.log(change.type === 'up' ? `session up: ${change.peer}` : `session down: ${change.reason.what}`);
});
await speaker.addPeer({
  address: options.peer,
  asn: Number(options['peer-asn']),
  port: Number(options.port),
  exportPolicy: announceOwn, // without a policy an external peer is told nothing (RFC 8212)
  holdTimeSeconds: 9,
  ...(options['local-address'] !== undefined && { localAddress: options['local-address'] }),
});

// Two good answers to announce, three bad ones to withdraw: one lost packet must not move all users.
const [rise, fall] = [2, 3];
let announced = false;
let inARow = 0; // answers that speak against what we do now

async function isHealthy(): Promise<boolean> {
  try {
    const { ok } = await fetch(options.check, { signal: AbortSignal.timeout(Number(options['interval-ms'])) });
    return ok;
  } catch {
    return false;
  }
}

const timer = setInterval(async () => {
  inARow = (await isHealthy()) === announced ? 0 : inARow + 1;
  if (inARow < (announced ? fall : rise)) return;
  announced = !announced;
  inARow = 0;
  if (announced) speaker.announce(options.prefix, { communities: ['64500:1'] });
  else speaker.withdraw(options.prefix);
  console.log(`${announced ? 'announced' : 'withdrawn'}: ${options.prefix}`);
}, Number(options['interval-ms']));

process.once('SIGTERM', async () => {
  clearInterval(timer);
  await speaker.stop({ communication: 'maintenance' }); // then nothing is left that would keep the process alive
});

/** Watches all that a peer says: counts its table until it is complete, then prints each change. */
import { parseArgs } from 'node:util';
import { type AsPathSegment, acceptAll, createSpeaker, formatPrefix } from 'nearcast/bgp';

const { values: options } = parseArgs({
  options: {
    asn: { type: 'string', default: '64500' },
    'router-id': { type: 'string', default: '198.51.100.2' },
    peer: { type: 'string', default: '198.51.100.1' },
    'peer-asn': { type: 'string', default: '64501' },
    port: { type: 'string', default: '179' },
    'local-address': { type: 'string' },
  },
});

const table = new Map<string, string>();
let complete = false;

const speaker = createSpeaker({ asn: Number(options.asn), routerId: options['router-id'] });

speaker.on('update', ({ update: { withdrawn, reach, attributes, endOfRib } }) => {
  for (const prefix of withdrawn.flatMap(({ prefixes }) => prefixes).map(formatPrefix)) {
    table.delete(prefix);
    if (complete) console.log(`- ${prefix}`);
  }
  const path = textOf(attributes.asPath);
  for (const prefix of reach.flatMap(({ prefixes }) => prefixes).map(formatPrefix)) {
    table.set(prefix, path);
    if (complete) console.log(`+ ${prefix} path ${path}`);
  }
  if (endOfRib === 'ipv4-unicast') {
    complete = true;
    console.log(`complete: ${table.size} prefixes, ${new Set(table.values()).size} paths`);
  }
});
speaker.on('session', (change) => {
  if (change.type === 'up') return;
  table.clear(); // the routes went with the session
  complete = false;
  console.log(`session down: ${change.reason.what}`);
});

await speaker.addPeer({
  address: options.peer,
  asn: Number(options['peer-asn']),
  port: Number(options.port),
  importPolicy: acceptAll,
  limits: { in: { 'ipv4-unicast': { maximum: 2_000_000 } } }, // a peer gone mad costs the session, not the memory
  ...(options['local-address'] !== undefined && { localAddress: options['local-address'] }),
});
process.once('SIGTERM', () => speaker.stop());

/** `64501 64502 {1 2}`. */
function textOf(path: readonly AsPathSegment[] = []): string {
  return path.map(({ kind, asns }) => (kind === 'set' ? `{${asns.join(' ')}}` : asns.join(' '))).join(' ');
}

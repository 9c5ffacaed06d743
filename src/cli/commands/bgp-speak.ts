/** `nearcast bgp speak`: a speaker from flags or a file, to peer by hand with a router; prints what it learns. */
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { parseCacheAddress } from '../../rpki/client/address.ts';
import { parseEndpoint } from '../bmp/endpoint.ts';
import { eventJson, eventText } from '../speak/events.ts';
import { wordsHelp } from '../speak/help.ts';
import { readSpeakConfig, type SpeakFlags } from '../speak/read.ts';
import { speak } from '../speak/session.ts';

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

const examples = `
Commands on standard input while it runs:
  announce 192.0.2.0/24,med=5        withdraw 192.0.2.0/24        neighbors
  routes [PEER]  what a peer sent    sent [PEER]  what it was told
  explain PREFIX  what became of it at each peer, policy term by term
  refresh [PEER]  ask for it again   down PEER [WORDS]  end its session, with words for its operator
  up [PEER]  start it again          stop [WORDS]  end all sessions and the speaker

Examples:
  nearcast bgp speak --local-as 64500 --router-id 198.51.100.2 --peer 198.51.100.1,asn=64501
  nearcast bgp speak --local-as 64500 --router-id 198.51.100.2 --peer 198.51.100.1,asn=64501,role=customer \\
    --announce 192.0.2.0/24,prepend=2,communities=64501:10+65535:0
  nearcast bgp speak --local-as 64500 --router-id 198.51.100.2 --range 198.51.100.0/24,asn=64501,passwordEnv=KEY
  nearcast bgp speak --local-as 64500 --router-id 198.51.100.2 --peer 198.51.100.1,asn=64501,importPolicy=no-invalid.yaml \\
    --rpki 192.0.2.53:3323
  nearcast bgp speak --file speak.yaml --json | jq -r 'select(.type == "route").prefix'

A file has the same words:
  asn: 64500
  routerId: 198.51.100.2
  peers:
    - { address: 198.51.100.1, asn: 64501, importPolicy: import.yaml, addPath: [ipv4-unicast:receive] }
  announce:
    - { prefix: 192.0.2.0/24, communities: ["64501:10"] }`;

/** Adds `speak` below `bgp`. */
export function registerSpeak(bgp: Command): void {
  bgp
    .command('speak')
    .description('Peer with a router by hand, and print what it says')
    .option('-f, --file <file>', 'asn, routerId, peers, ranges and announce, as YAML or JSON; - is standard input')
    .option('--local-as <asn>', 'our AS number')
    .option('--router-id <address>', 'our BGP identifier')
    .option('--cluster-id <address>', 'our cluster as route reflector; the router ID where absent')
    .option('--peer <address,asn=…>', 'a router to peer with; can be repeated', collect)
    .option('--range <prefix,asn=…>', 'addresses of which each may connect; can be repeated', collect)
    .option('--announce <prefix,…>', 'a route to announce; can be repeated', collect)
    .option('--pass-on', 'tell each peer what the others say, not only what we announce')
    .option('--updates', 'print each UPDATE as it comes, beside what becomes of the best routes')
    .option('--bmp <host:port>', 'a monitoring station to tell of sessions and tables; can be repeated', collect)
    .option('--rpki <host:port>', 'an RPKI cache (RTR) that says which routes are valid; can be repeated', collect)
    .option('--json', 'print one JSON object an event')
    .addHelpText(
      'after',
      () => `\n${wordsHelp()}\n\n+ stands between the items of a list; a word alone means true.\n${examples}`,
    )
    .action(run);
}

interface Flags extends SpeakFlags {
  readonly json?: boolean;
  readonly updates?: boolean;
  readonly bmp?: readonly string[];
  readonly rpki?: readonly string[];
}

async function run({ json = false, updates = false, bmp = [], rpki = [], ...words }: Flags): Promise<void> {
  const config = readSpeakConfig(words);
  await speak(config, {
    clock: systemClock,
    random: systemRandom(),
    environment: process.env,
    directory: words.file === undefined || words.file === '-' ? process.cwd() : dirname(resolve(words.file)),
    input: process.stdin,
    updates,
    stations: bmp.map(parseEndpoint),
    caches: rpki.map((text) => parseCacheAddress(text)),
    print: (event) => {
      const lines = json ? [JSON.stringify(eventJson(event))] : eventText(event);
      if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
    },
  });
  process.stdin.unref?.();
}

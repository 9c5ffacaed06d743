/** `nearcast bgp speak`: a speaker from flags or a file, to peer by hand with a router; prints what it learns. */
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { eventJson, eventText } from '../speak/events.ts';
import { readSpeakConfig, type SpeakFlags } from '../speak/read.ts';
import { speak } from '../speak/session.ts';

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

/** Adds `speak` below `bgp`. */
export function registerSpeak(bgp: Command): void {
  bgp
    .command('speak')
    .description('Peer with a router by hand, and print what it says')
    .option('-f, --file <file>', 'asn, routerId, peers and announce, as YAML or JSON')
    .option('--local-as <asn>', 'our AS number')
    .option('--router-id <address>', 'our BGP identifier')
    .option('--peer <address,asn=…>', 'a router to peer with; can be repeated', collect)
    .option('--announce <prefix,…>', 'a route to announce; can be repeated', collect)
    .option('--json', 'print one JSON object an event')
    .addHelpText(
      'after',
      `
A peer's words:   asn, name, connect=active|passive|both, port, listenPort, localAddress, passwordEnv, multihop,
                  ttlSecurityHops, holdTimeSeconds, connectRetrySeconds, families, nextHop, nextHop6
A route's words:  origin, med, prepend, communities, largeCommunities; + stands between the items of a list

Commands on standard input while it runs:
  announce 192.0.2.0/24,med=5        withdraw 192.0.2.0/24        neighbors
  routes [PEER]  what a peer sent    sent [PEER]  what it was told
  refresh [PEER]  ask for it again   down PEER [WORDS]  end its session, with words for its operator
  up [PEER]  start it again          stop [WORDS]  end all sessions and the speaker

Examples:
  nearcast bgp speak --local-as 64500 --router-id 198.51.100.2 --peer 198.51.100.1,asn=64501
  nearcast bgp speak --local-as 64500 --router-id 198.51.100.2 --peer 198.51.100.1,asn=64501,nextHop=198.51.100.2 \\
    --announce 192.0.2.0/24,prepend=2,communities=64501:10+65535:0
  nearcast bgp speak --file speak.yaml --json | jq -r 'select(.type == "route").prefix'`,
    )
    .action(async ({ json = false, ...flags }: SpeakFlags & { readonly json?: boolean }) => {
      const config = readSpeakConfig(flags);
      await speak(config, {
        clock: systemClock,
        random: systemRandom(),
        environment: process.env,
        input: process.stdin,
        print: (event) => {
          const lines = json ? [JSON.stringify(eventJson(event))] : eventText(event);
          process.stdout.write(`${lines.join('\n')}\n`);
        },
      });
      process.stdin.unref?.();
    });
}

/** `nearcast bgp`: `decode` makes BGP messages from hex readable, one line of JSON each; `speak` has a file of its own. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { exitCode } from '../../base/exit-codes.ts';
import { fail } from '../../base/problem.ts';
import type { AddressFamily } from '../../bgp/message/types.ts';
import { decodeStream } from '../bgp-decode/run.ts';
import { registerSpeak } from './bgp-speak.ts';

interface DecodeFlags {
  readonly as2?: boolean;
  readonly ibgp?: boolean;
  readonly addPath?: readonly AddressFamily[];
}

const familyNames: Readonly<Record<string, AddressFamily>> = {
  'ipv4-unicast': 'ipv4-unicast',
  'ipv6-unicast': 'ipv6-unicast',
  ipv4: 'ipv4-unicast',
  ipv6: 'ipv6-unicast',
};

export function register(command: Command): void {
  command
    .command('decode')
    .description('Decode BGP messages: hex on standard input, one message a line; one line of JSON out for each')
    .option('--as2', 'AS numbers have 2 octets: the session did not negotiate 4')
    .option('--ibgp', 'the peer is internal; without this the rules for an external one apply')
    .option(
      '--add-path <families>',
      'families with path identifiers: ipv4-unicast, ipv6-unicast, or both',
      parseFamilies,
    )
    .option('--json', 'what it prints anyway')
    .addHelpText(
      'after',
      `
Examples:
  echo 'ffffffffffffffffffffffffffffffff 0013 04' | nearcast bgp decode
  echo '0013 04' | nearcast bgp decode                     the marker may be missing
  nearcast bgp decode --add-path ipv4-unicast < messages.hex | jq -c 'select(.outcome != "accept")'

Spaces and colons between the digits are ignored. Always one line out for one line in, and 0 at the end: what is wrong with a
message is in its line. docs/bgp.md has the shapes.`,
    )
    .action(decode);
  registerSpeak(command);
  command.addHelpText(
    'after',
    '\nExamples:\n  nearcast bgp decode < messages.hex\n  nearcast bgp speak --local-as 64500 --router-id 198.51.100.2 --peer 198.51.100.1,asn=64501',
  );
}

function parseFamilies(text: string): readonly AddressFamily[] {
  return text.split(',').map((part) => {
    const name = part.trim().toLowerCase();
    const family = Object.hasOwn(familyNames, name) ? familyNames[name] : undefined;
    if (family === undefined) {
      throw new InvalidArgumentError(`"${part}" is not a family that we speak: ipv4-unicast, ipv6-unicast.`);
    }
    return family;
  });
}

async function decode(flags: DecodeFlags): Promise<void> {
  const options = {
    fourOctetAsn: flags.as2 !== true,
    external: flags.ibgp !== true,
    addPathFamilies: flags.addPath ?? [],
  };
  const answers = Readable.from(decodeStream(process.stdin, options), { highWaterMark: 1 });
  try {
    await pipeline(answers, process.stdout, { end: false });
  } catch (error) {
    // Whoever reads has seen enough, as `head` does; anything else is told.
    if ((error as { code?: unknown }).code !== 'EPIPE') {
      const what = `messages could not be read, or their lines not written: ${(error as Error).message}`;
      fail({ code: 'bgp.stream', what }, exitCode.failure);
    }
  } finally {
    process.stdin.destroy(); // else an input that goes on would keep the process waiting for a reader who left
  }
}

/** What a feeder process plays: sessions as bytes, made by the codec; and the process itself. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { encodeMessage } from '../bgp/message/codec.ts';
import type { CodecContext, Message, PathAttributes } from '../bgp/message/types.ts';
import { type Address, parseAddress } from '../ip/address.ts';
import { mustPrefix } from '../ip/prefix.ts';
import { address } from './bgp-routes.ts';
import type { Namespace } from './namespaces.ts';
import { waitFor } from './wait.ts';
import { withdrawnOf } from './withdrawn.ts';

/** Hex, one text a message. */
export interface FeedSession {
  readonly host: string;
  readonly port: number;
  readonly localAddress: string;
  readonly open: string;
  readonly phases: readonly (readonly string[])[];
}

export interface FedRoute {
  readonly prefix: string;
  readonly nextHop: string;
  readonly attributes: PathAttributes;
}

export interface FedPhase {
  readonly announced: readonly FedRoute[];
  readonly withdrawn: readonly string[];
}

export interface FeedOptions {
  readonly host: string;
  readonly port: number;
  readonly localAddress: string;
  readonly asn: number;
  readonly routerId: string;
  /** Internal peers send LOCAL_PREF. */
  readonly internal?: boolean;
  readonly phases: readonly FedPhase[];
}

export function feedSession({ host, port, localAddress, asn, routerId, internal, phases }: FeedOptions): FeedSession {
  const codec: CodecContext = {
    fourOctetAsn: true,
    external: internal !== true,
    families: ['ipv4-unicast', 'ipv6-unicast'],
  };
  const hex = (message: Message): readonly string[] =>
    encodeMessage(message, codec).map((bytes) => Buffer.from(bytes).toString('hex'));
  const [open = ''] = hex({
    type: 'open',
    asn,
    holdTimeSeconds: 0, // RFC 4271 §4.2: no keepalives; the feeder may rest
    routerId: parseAddress(routerId) as Address,
    capabilities: [
      { kind: 'multiprotocol', family: 'ipv4-unicast' },
      { kind: 'multiprotocol', family: 'ipv6-unicast' },
      { kind: 'four-octet-asn', asn },
    ],
  });
  const nothing = { withdrawn: [], reach: [], attributes: {}, errors: [] } as const;
  return {
    host,
    port,
    localAddress,
    open,
    phases: phases.map(({ announced, withdrawn }) => [
      ...withdrawn.flatMap((prefix) => hex({ type: 'update', ...nothing, withdrawn: withdrawnOf(mustPrefix(prefix)) })),
      ...announced.flatMap(({ prefix: text, nextHop, attributes }) => {
        const prefix = mustPrefix(text);
        const family = prefix.family === 4 ? 'ipv4-unicast' : 'ipv6-unicast';
        const reach = [{ family, nextHop: address(nextHop), prefixes: [prefix] }] as const;
        return hex({ type: 'update', ...nothing, reach, attributes });
      }),
    ]),
  };
}

export interface Feeder {
  /** Resolves when all sessions have sent their first phase. */
  ready(): Promise<void>;
  next(): Promise<void>;
  output(): string;
  end(): void;
}

/** Starts a feeder in a namespace; `file` is where it reads its sessions from. */
export function startFeeder(namespace: Namespace, file: string, sessions: readonly FeedSession[]): Feeder {
  writeFileSync(file, JSON.stringify(sessions));
  const child = namespace.start(process.execPath, [resolve('src/testing/feeder.ts'), file], {}, 'pipe');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  let phase = 0;
  const sent = (number: number): Promise<unknown> =>
    waitFor(`the feeder's phase ${number}`, () => output.includes(`phase ${number}\n`), 20_000).catch((error) => {
      throw new Error(`${(error as Error).message}\n${output}`);
    });
  return {
    ready: async () => void (await sent(0)),
    next: async () => {
      child.stdin?.write('next\n');
      await sent(++phase);
    },
    output: () => output,
    end: () => child.kill('SIGKILL'),
  };
}

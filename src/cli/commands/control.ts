/** `nearcast control`: runs control until it is told to stop. */
import { type Command, InvalidArgumentError } from 'commander';
import { exitCode } from '../../base/exit-codes.ts';
import { obeyLifeline } from '../../base/lifeline.ts';
import { createLogger } from '../../base/log.ts';
import { startControl } from '../../control/start.ts';
import { packageVersion } from '../version.ts';

interface Options {
  readonly network: string;
  readonly state: string;
  readonly apiHost: string;
  readonly apiPort: number;
  readonly apiTokenFile?: string;
  readonly allowedHost: readonly string[];
  readonly production?: boolean;
  readonly log?: string;
}

const help = `
Examples:
  nearcast control --network network.yaml --state /var/lib/nearcast/control
  nearcast control --network network.yaml --state /var/lib/nearcast/control --production \\
    --api-host 203.0.113.10 --api-token-file /etc/nearcast/admin.token --allowed-host control.example.net

Each PoP's agent needs its token, which control writes to <state>/tokens/<pop>.token.
It speaks plain HTTP: beyond one machine, put a reverse proxy with TLS or a private network before it.
SIGHUP reads the network file and the sites again; where they are bad, the last good state stays.
SIGTERM or SIGINT ends it; PoPs go on serving without it. It does not start with a bad network file (exit code 3).`;

/** npm passes on a signal that the terminal's process group already got: repeats this close together are one. */
const sameSignalMs = 1_000;

export function register(command: Command): void {
  command
    .requiredOption('--network <file>', 'the network file')
    .requiredOption('--state <directory>', 'where the change log, the sites and the tokens are kept')
    .option('--api-host <address>', 'the address that the API listens on', '127.0.0.1')
    .option('--api-port <port>', 'the port that the API listens on', port, 7480)
    .option('--api-token-file <file>', "the administrator's token; needed beyond loopback")
    .option('--allowed-host <name>', 'another name that the API may be called by; may be repeated', collect, [])
    .option('--production', 'make errors of what is fit for a lab only: documentation prefixes, private ASNs')
    .option('--log <file>', 'write the log there instead of to standard error')
    .addHelpText('after', help)
    .action(run);
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new InvalidArgumentError('give a port from 1 to 65535, or 0.');
  return value;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

async function run(options: Options): Promise<void> {
  const logger = createLogger('control', options.log);
  const control = await startControl({
    networkFile: options.network,
    stateDirectory: options.state,
    apiHost: options.apiHost,
    apiPort: options.apiPort,
    ...(options.apiTokenFile === undefined ? {} : { apiTokenFile: options.apiTokenFile }),
    allowedHosts: options.allowedHost,
    production: options.production ?? false,
    version: packageVersion(),
    logger,
  });
  let firstAt: number | undefined;
  await new Promise<void>((done) => {
    function onEnd(signal: NodeJS.Signals): void {
      const now = performance.now();
      if (firstAt !== undefined && now - firstAt >= sameSignalMs) process.exit(exitCode.failure);
      if (firstAt !== undefined) return;
      firstAt = now;
      logger.info({ signal }, 'control ends');
      void control.close().then(done);
    }
    process.on('SIGTERM', onEnd);
    process.on('SIGINT', onEnd);
    process.on('SIGHUP', () => void control.reload());
    obeyLifeline();
    console.log(`control: ready ${control.url}`);
  });
}

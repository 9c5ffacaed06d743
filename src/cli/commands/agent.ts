/** `nearcast agent`: runs the agent of one PoP until it is told to stop. */
import type { Command } from 'commander';
import { createEmbeddedAnnouncer } from '../../announcer/embedded.ts';
import { systemClock } from '../../base/clock.ts';
import { exitCode } from '../../base/exit-codes.ts';
import { obeyLifeline } from '../../base/lifeline.ts';
import { createLogger } from '../../base/log.ts';
import { fail } from '../../base/problem.ts';
import { systemRandom } from '../../base/random.ts';
import { startAgent } from '../../pop/agent.ts';
import { readLoopbackMap } from '../../pop/loopback-map.ts';

interface Options {
  readonly pop: string;
  readonly control: string;
  readonly tokenFile: string;
  readonly state: string;
  readonly loopbackMap?: string;
  readonly bindInterface?: string;
  readonly accessLog?: string;
  readonly log?: string;
}

const help = `
Examples:
  nearcast agent --pop fra --control https://control.example.net:7480 \\
    --token-file /etc/nearcast/fra.token --state /var/lib/nearcast --bind-interface lo

It speaks BGP to the PoP's neighbours, starts and watches the edge (\`nearcast edge\`), and announces only while the edge is
healthy. With control away it goes on, and starts again, from its state directory.
SIGTERM or SIGINT: withdraw, tell the neighbours why, let the edge finish, end. A second one, a second or more later: in a hurry.
`;

/** npm passes on a signal that the terminal's process group already got: repeats this close together are one. */
const sameSignalMs = 1_000;

export function register(command: Command): void {
  command
    .requiredOption('--pop <name>', 'the PoP that this machine is, as in the network file')
    .requiredOption('--control <url>', "control's address")
    .requiredOption('--token-file <file>', "the file with this PoP's token")
    .requiredOption('--state <directory>', 'where the last good state, the sites and the sockets are kept')
    .option('--loopback-map <file>', 'where sessions and addresses are on a network that runs on one machine')
    .option('--bind-interface <name>', 'bind the anycast addresses to this interface; default: they are bound already')
    .option('--access-log <file>', "the edge's access log; default: access.log in the state directory")
    .option('--log <file>', 'write the log there instead of to standard error')
    .addHelpText('after', help)
    .action(run);
}

async function run(options: Options): Promise<void> {
  if (!URL.canParse(options.control) || !/^https?:$/.test(new URL(options.control).protocol)) {
    fail(
      {
        code: 'agent.control-url',
        what: `${JSON.stringify(options.control)} is not the address of control`,
        where: '--control',
        fix: 'give it as http://127.0.0.1:7480 or https://control.example.net',
      },
      exitCode.usage,
    );
  }
  const logger = createLogger('agent', options.log).child({ pop: options.pop });
  const loopback = options.loopbackMap === undefined ? undefined : readLoopbackMap(options.loopbackMap);
  const announcer = createEmbeddedAnnouncer({
    clock: systemClock,
    random: systemRandom(),
    logger,
    environment: process.env,
    ...(loopback === undefined ? {} : { connectVia: (session) => loopback.sessions[session] }),
  });
  const agent = startAgent({
    pop: options.pop,
    controlUrl: options.control,
    tokenFile: options.tokenFile,
    stateDirectory: options.state,
    edgeCommand: [process.execPath, process.argv[1] as string, 'edge'],
    logger,
    announcer,
    ...(loopback === undefined ? {} : { loopback }),
    ...(options.bindInterface === undefined ? {} : { bindInterface: options.bindInterface }),
    ...(options.accessLog === undefined ? {} : { accessLog: options.accessLog }),
  });
  console.log(`agent ${options.pop}: ready`);

  let firstAt: number | undefined;
  await new Promise<void>((done) => {
    function onSignal(signal: NodeJS.Signals): void {
      const now = performance.now();
      if (firstAt !== undefined && now - firstAt < sameSignalMs) return;
      firstAt ??= now;
      void agent.stop(`the agent got ${signal}`).then(done);
    }
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
    process.on('SIGHUP', onSignal);
    obeyLifeline();
  });
  process.exit(exitCode.ok);
}

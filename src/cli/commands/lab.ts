/** `nearcast lab`: a whole anycast network on this machine, from a network file and a small Internet; `npm start` runs it. */
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { exitCode } from '../../base/exit-codes.ts';
import { createLogger } from '../../base/log.ts';
import { watchParent } from '../../base/parent.ts';
import { formatProblem, ProblemError } from '../../base/problem.ts';
import { systemRandom } from '../../base/random.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { loadScenario } from '../../lab/scenario.ts';
import { predictVantages } from '../internet/lab-world.ts';
import { createScreen, type Screen } from '../lab-screen.ts';
import { onEndRequests } from '../signals.ts';

interface LabArguments {
  readonly internet?: string;
  readonly state?: string;
  readonly apiPort: number;
  readonly vantagePort: number;
}

const quickstart = fileURLToPath(new URL('../../../examples/quickstart/network.yaml', import.meta.url));

export function register(command: Command): void {
  command
    .argument('[file]', 'network file (default: the quickstart in examples/)')
    .option('--internet <file>', 'the Internet around it (default: internet.yaml beside the network file)')
    .option('--state <dir>', 'keep state and logs there (default: a temporary directory, removed at the end)')
    .option('--api-port <port>', "port of control's API on 127.0.0.1; 0 for any free one", parsePort, 7480)
    .option(
      '--vantage-port <port>',
      'port of the first vantage, the others follow; 0 for any free ports',
      parsePort,
      7501,
    )
    .addHelpText(
      'after',
      `
Examples:
  nearcast lab                                        the quickstart network, on its own Internet
  nearcast lab network.yaml --internet internet.yaml  your network
  nearcast lab --state ./state                        keep state and logs for the next time

Ctrl-C ends everything it started.`,
    )
    .action(run);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return port;
}

async function run(file: string | undefined, options: LabArguments): Promise<void> {
  const clock = systemClock;
  const started = clock.now();
  const screen = createScreen(process.stdout, clock);
  const networkFile = file ?? quickstart;
  const internetFile = options.internet ?? join(dirname(networkFile), 'internet.yaml');
  screen.print(`Nearcast: an anycast network on this machine, from ${relative('.', networkFile) || networkFile}`);

  const scenario = loadScenario(networkFile, internetFile);
  const predicted = predictVantages(scenario);

  let lab: Lab | undefined;
  let ending: string | undefined;
  const stopParentWatch = watchParent(clock, () => requestEnd('the parent process is gone'));
  const requestEnd = onEndRequests(clock, {
    onEnd: (why) => {
      ending = why;
      if (lab !== undefined) void end(lab);
    },
    onHurry: () => process.exit(exitCode.failure), // the lifeline ends what is left
  });
  async function end(running: Lab): Promise<void> {
    screen.end();
    screen.print(`ending (${ending}): withdrawing the routes, then stopping …`);
    await running.stop();
    screen.print('ended; nothing is left running');
    process.exit(exitCode.ok);
  }

  for (const warning of scenario.warnings) screen.print(formatProblem(warning));
  try {
    lab = await startLab({
      ...scenario,
      networkFile,
      stateDirectory: options.state,
      apiPort: options.apiPort,
      vantagePort: options.vantagePort,
      entry: process.argv[1] as string,
      clock,
      random: systemRandom(),
      log: createLogger('lab').child({}, { level: process.env.NEARCAST_LOG ?? 'fatal' }),
      onProgress: (what) => {
        if (ending === undefined) screen.print(`  ${what}`);
      },
    });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    stopParentWatch();
    for (const problem of error.problems) console.error(formatProblem(problem));
    process.exit(exitCode.failure);
  }
  if (ending !== undefined) {
    await end(lab);
    return;
  }
  await untilReady(lab, screen, () => ending !== undefined);
  if (ending !== undefined) return;
  printReady(lab, screen, { domains: Object.keys(scenario.domains), seconds: (clock.now() - started) / 1000 });
  screen.print(agreement(lab, predicted));
  screen.show(lab, predicted);
}

/** Resolves once every PoP announces and every vantage reaches one; says from time to time what is missing. */
function untilReady(lab: Lab, screen: Screen, gaveUp: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const missing = (): string[] => {
      const { status, vantages } = lab.snapshot();
      const pops = (status?.pops ?? []).filter(({ phase }) => phase !== 'announcing' && phase !== 'drained');
      return [
        ...(status === undefined ? ['control has not answered'] : []),
        ...pops.map(({ name, phase, reason }) => `${name} is ${phase} (${reason})`),
        ...vantages.filter(({ path }) => !path.reached).map(({ name }) => `${name} has no route`),
      ];
    };
    const announced = new Set<string>();
    let lastNotice = systemClock.now();
    const stopWatching = lab.onChange(() => {
      for (const { name, phase } of lab.snapshot().status?.pops ?? []) {
        if (phase !== 'announcing' || announced.has(name)) continue;
        announced.add(name);
        screen.print(`  PoP ${name} announces`);
      }
      const waitingFor = missing();
      if (waitingFor.length === 0 || gaveUp()) {
        stopWatching();
        resolve();
      } else if (systemClock.now() - lastNotice > 5_000) {
        lastNotice = systemClock.now();
        screen.print(`  still waiting: ${waitingFor.join('; ')} (logs: ${lab.stateDirectory}/logs)`);
      }
    });
  });
}

/** What the network file made one expect, beside what really happens: two ways to one answer. */
function agreement(lab: Lab, predicted: ReadonlyMap<string, string>): string {
  const differing = lab
    .snapshot()
    .vantages.filter(({ name, path }) => path.reached && path.pop !== predicted.get(name));
  if (differing.length === 0) return `Every vantage lands where the prediction from the network file says.`;
  const each = differing.map(
    ({ name, path }) => `${name} at ${path.reached ? path.pop : 'none'} (predicted ${predicted.get(name) ?? 'none'})`,
  );
  return `Not as predicted from the network file: ${each.join(', ')}.`;
}

function printReady(lab: Lab, screen: Screen, facts: { domains: readonly string[]; seconds: number }): void {
  const { status, vantages } = lab.snapshot();
  const vantage = vantages.find(({ path }) => path.reached && path.pop === status?.pops[0]?.name) ?? vantages[0];
  const pop = status?.pops.find(({ name }) => vantage?.path.reached && name === vantage.path.pop) ?? status?.pops[0];
  const host = facts.domains.find((domain) => !domain.startsWith('*')) ?? 'example.com';
  const api = lab.apiUrl === 'http://127.0.0.1:7480' ? '' : ` --api ${lab.apiUrl}`;
  screen.print(
    `ready in ${facts.seconds.toFixed(1)} s: ${status?.pops.length} PoPs, ${vantages.length} vantages, API ${lab.apiUrl}/api/v1/status`,
  );
  const commands: readonly (readonly [string, string])[] = [
    [`curl -i -H 'Host: ${host}' ${vantage?.url}/`, 'x-nearcast-pop tells who answered'],
    [`bin/nearcast pop drain ${pop?.name}${api}`, `moves its users away; \`pop resume ${pop?.name}\` brings them back`],
    [`kill -9 ${pop?.edgePid}`, `kills ${pop?.name}'s edge: watch its users move`],
    [`bin/nearcast status${api}`, 'shows the table below, once'],
  ];
  const width = Math.max(...commands.map(([command]) => command.length));
  for (const line of [
    '',
    `In another terminal, as a user near ${vantage?.name}:`,
    ...commands.map(([command, what]) => `  ${command.padEnd(width)}   ${what}`),
    `Logs and state: ${lab.stateDirectory}    Ctrl-C ends everything.`,
  ]) {
    screen.print(line);
  }
}

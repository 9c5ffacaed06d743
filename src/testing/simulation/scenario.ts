/**
 * One seeded run: a random Internet, rounds of faults in the midst of its convergence, and at each rest all checks.
 *
 * After each round the same configuration is also set up afresh and compared; at the end all is healed, and then withdrawn.
 */
import assert from 'node:assert/strict';
import { mustPrefix } from '../../ip/prefix.ts';
import { checkAllAtRest, type Looked } from './checks.ts';
import { announceSome, breakSomething, endLeaks } from './faults.ts';
import { checkSame, freshCopy } from './fresh.ts';
import { type Internet, randomInternet } from './internet.ts';

export interface ScenarioOptions {
  readonly seed: number;
  /** About so many. */
  readonly speakers: number;
  /** Told what happens, line by line. */
  readonly say?: (line: string) => void;
}

export interface ScenarioResult extends Looked {
  readonly speakers: number;
  readonly faults: number;
  /** Best routes that were compared with those of a network that never saw a fault. */
  compared: number;
}

const rounds = 3;

export function runScenario({ seed, speakers, say = () => {} }: ScenarioOptions): ScenarioResult {
  const internet = randomInternet(seed, speakers);
  const { network } = internet;
  const { random } = network;
  const faultsOfARound = Math.max(6, Math.floor(speakers / 4));
  const result: ScenarioResult = {
    speakers: network.routers.size,
    faults: rounds * faultsOfARound,
    sessions: 0,
    told: 0,
    best: 0,
    hops: 0,
    compared: 0,
  };
  const rest = (): void => {
    network.settle();
    const looked = checkAllAtRest(network);
    for (const key of ['sessions', 'told', 'best', 'hops'] as const) result[key] += looked[key];
  };
  for (let count = 0; count < 30; count++) announceSome(internet);
  say(`${network.routers.size} speakers, ${network.links.size} peerings`);
  rest();
  assert.ok(result.best > 3 * network.routers.size, 'most routers have routes');

  for (let round = 0; round < rounds; round++) {
    for (let fault = 0; fault < faultsOfARound; fault++) {
      const what = breakSomething(internet);
      say(`${network.clock.now().toFixed(0)} ms: ${what}`);
      network.clock.advance(random.below(400));
    }
    rest();
    say(`rest after round ${round}`);
    // What fell over a limit depends on who came first: the leaks end, and the sessions are started by hand.
    const fallen = [...network.links.values()].filter(({ fallen }) => fallen.includes(true));
    endLeaks(internet);
    network.settle();
    for (const link of fallen)
      for (const end of [0, 1] as const) if (link.fallen[end]) network.operate(link, end, 'start-peer');
    rest();
    result.compared += checkSame(network, freshCopy(network, seed + 1 + round));
  }

  heal(internet);
  rest();
  result.compared += checkSame(network, freshCopy(network, seed + 1 + rounds));

  for (const { number, announced } of network.routers.values()) {
    for (const prefix of announced.keys()) network.withdraw(number, mustPrefix(prefix));
  }
  rest();
  for (const { core } of network.living()) assert.deepEqual([...core.bestRoutes()], []);
  return result;
}

function heal({ network }: Internet): void {
  for (const { core, number } of network.routers.values()) if (core === undefined) network.revive(number);
  for (const link of network.links.values()) {
    if (!link.up) network.restore(link);
    for (const end of [0, 1] as const) if (link.stopped[end]) network.operate(link, end, 'start-peer');
  }
}

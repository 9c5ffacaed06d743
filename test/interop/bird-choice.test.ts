/**
 * The same choice as BIRD's: eight peers send tables of random attributes to a BIRD and to our speaker, and both must call the
 * same peer's route the best, for every prefix, at first and after routes were changed and withdrawn.
 *
 * After the changes, ours is compared with a second BIRD that gets what is left in one go: the first, whose best routes have
 * changed under it, keeps a few that lose to others by LOCAL_PREF alone (2.0.12, with `deterministic med`).
 * BIRD compares like us where it is told to: `deterministic med` (RFC 4271 §9.1.2.2(c) asks for it), and not by age. AS_SETs are left
 * out: we treat them as withdrawn (RFC 9774), which BIRD 2.0 does not know.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Random, seededRandom } from '../../src/base/random.ts';
import type { PathAttributes } from '../../src/bgp/message/types.ts';
import { address } from '../../src/testing/bgp-routes.ts';
import { type FedPhase, type FedRoute, type Feeder, feedSession, startFeeder } from '../../src/testing/feed.ts';
import {
  connect,
  makeNamespace,
  type Namespace,
  namespacesUnavailable,
  programPath,
} from '../../src/testing/namespaces.ts';
import { SpeakerProcess } from '../../src/testing/speaker-process.ts';
import { waitFor } from '../../src/testing/wait.ts';

const bird = programPath('bird');
const unavailable =
  namespacesUnavailable() ?? (bird === undefined ? 'BIRD 2 is missing: npm run test:setup' : undefined);
if (unavailable !== undefined) console.error(`SKIPPED, the same choice as BIRD's: ${unavailable}`);

const seeds = process.env.SEED === undefined ? [1, 2] : [Number(process.env.SEED)];
const prefixCount = 1_000;
const localAsn = 64500;
const ours = '10.98.0.2';
/** The BIRD of each phase. */
const birds = ['10.98.0.1', '10.98.0.3'] as const;

interface Source {
  readonly name: string;
  readonly asn: number;
  readonly address: string;
  readonly address6: string;
  readonly routerId: string;
}

/**
 * Several of one AS, so that MED matters; some with one router ID (RFC 6286), so that only their addresses differ, which rise as
 * their names fall; three internal.
 */
const sources: readonly Source[] = [
  [64701, '10.0.0.7'],
  [64701, '10.0.0.3'],
  [64702, '10.0.0.3'],
  [64702, '10.0.0.4'],
  [4_200_000_703, '10.0.0.4'],
  [localAsn, '10.0.0.6'],
  [localAsn, '10.0.0.2'],
  [localAsn, '10.0.0.9'],
].map(([asn, routerId], index) => ({
  name: `p${index}`,
  asn: asn as number,
  address: `10.98.0.${20 - index}`,
  address6: `2001:db8:98::${20 - index}`,
  routerId: routerId as string,
}));

const isInternal = ({ asn }: Source): boolean => asn === localAsn;

/** Few values of each, so that routes often tie and the later rules decide. */
function randomAttributes(random: Random, source: Source, index: number): PathAttributes {
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)] as T;
  const behind = Array.from({ length: random.below(3) }, () => pick([64_801, 64_802, 4_200_000_803]));
  const asns = isInternal(source) ? [...pick([[], [64_701], [64_702]]), ...behind] : [source.asn, ...behind];
  const med = pick([undefined, 0, 5, 5, 10]);
  const reflection = {
    originatorId: address(pick(['10.0.0.1', '10.0.0.8'])),
    clusterList: Array.from({ length: 1 + random.below(2) }, () => address('10.9.9.9')),
  };
  // Alike up to the reflectors that they passed.
  if (isInternal(source) && isFromInside(index)) {
    return { originCode: 'igp', asPath: [], localPreference: 100, ...reflection };
  }
  return {
    originCode: pick(['igp', 'igp', 'egp', 'incomplete'] as const),
    asPath: asns.length === 0 ? [] : [{ kind: 'sequence', asns }],
    ...(med === undefined ? {} : { multiExitDiscriminator: med }),
    ...(isInternal(source) ? { localPreference: pick([90, 100, 100, 100, 110]) } : {}),
    ...(isInternal(source) && random.below(3) === 0 ? reflection : {}),
  };
}

/** Some prefixes come from inside alone: beside an external route, an internal one seldom wins. */
const isFromInside = (index: number): boolean => index % 5 === 0;
const sends = (source: Source, index: number): boolean => !isFromInside(index) || isInternal(source);
const isIpv6 = (index: number): boolean => index % 4 === 0;
const prefixOf = (index: number): string =>
  isIpv6(index) ? `2001:db8:7:${(index + 1).toString(16)}::/64` : `10.7.${index >> 3}.${(index & 7) << 5}/27`;

/** A prefix that one peer alone sends, last in its phase: where it has arrived, all before it has. */
const lastOf = (source: Source, phase: number): string => `198.18.${phase}.${source.address.split('.')[3]}/32`;

interface Tables {
  /** What our speaker gets: a table, then changes to it. */
  readonly phases: readonly [FedPhase, FedPhase];
  /** What the changes lead to, as one table. */
  readonly result: FedPhase;
}

function tablesOf(source: Source, random: Random): Tables {
  const route = (index: number): FedRoute => ({
    prefix: prefixOf(index),
    nextHop: isIpv6(index) ? source.address6 : source.address,
    attributes: randomAttributes(random, source, index),
  });
  const last = (phase: number): FedRoute => ({ ...route(1), prefix: lastOf(source, phase) });
  const all = Array.from({ length: prefixCount }, (_, index) => index).filter((index) => sends(source, index));
  const first = new Map(all.filter(() => random.next() < 0.7).map((index) => [index, route(index)]));
  const gone = [...first.keys()].filter(() => random.next() < 0.3);
  const changed = new Map(
    all.filter((index) => !gone.includes(index) && random.next() < 0.4).map((index) => [index, route(index)]),
  );
  const result = new Map([...first, ...changed]);
  for (const index of gone) result.delete(index);
  return {
    phases: [
      { announced: [...first.values(), last(0)], withdrawn: [] },
      { announced: [...changed.values(), last(1)], withdrawn: gone.map(prefixOf) },
    ],
    result: { announced: [last(0), ...result.values(), last(1)], withdrawn: [] },
  };
}

function birdConfig(local: string): string {
  const peers = sources.map(
    (source) => `
protocol bgp ${source.name} {
  local ${local} as ${localAsn};
  neighbor ${source.address} as ${source.asn};
  direct; passive; strict bind on; hold time 240;
  deterministic med on;
  ipv4 { import all; export none; };
  ipv6 { import all; export none; };
}`,
  );
  return `router id ${local};\nprotocol device { }\n${peers.join('\n')}\n`;
}

describe('the same choice as BIRD’s', { skip: unavailable, timeout: 150_000 }, () => {
  let near: Namespace;
  let far: Namespace;

  before(() => {
    near = makeNamespace('choosers');
    far = makeNamespace('sources');
    // Without it, addresses of IPv6 could not be used for their first second.
    for (const each of [near, far]) {
      each.run('sh', '-c', 'for f in all default; do echo 0 > /proc/sys/net/ipv6/conf/$f/accept_dad; done');
    }
    connect(
      {
        namespace: near,
        device: 'cable',
        addresses: [`${ours}/24`, ...birds.map((each) => `${each}/24`), '2001:db8:98::1/64'],
      },
      {
        namespace: far,
        device: 'cable',
        addresses: sources.flatMap((source) => [`${source.address}/24`, `${source.address6}/64`]),
      },
    );
  });

  after(() => {
    for (const namespace of [near, far]) namespace?.remove();
  });

  for (const seed of seeds) {
    test(`seed ${seed}: ${prefixCount} prefixes, ${sources.length} peers`, async (context) => {
      const directory = mkdtempSync(join(tmpdir(), 'nearcast-choice-'));
      context.after(() => rmSync(directory, { recursive: true, force: true }));
      const choosers = birds.map((local, number) => {
        const [file, socket] = [join(directory, `${number}.conf`), join(directory, `${number}.ctl`)];
        writeFileSync(file, birdConfig(local));
        const daemon = near.start(bird as string, [
          '-f',
          '-c',
          file,
          '-s',
          socket,
          '-P',
          join(directory, `${number}.pid`),
        ]);
        context.after(() => daemon.kill('SIGKILL'));
        return (...words: string[]): string => near.run('birdc', '-s', socket, ...words);
      });
      const flags = sources.flatMap((source) => ['--peer', peerFlag(source)]);
      const speaker = new SpeakerProcess(near, ['--local-as', String(localAsn), '--router-id', ours, ...flags]);
      context.after(() => speaker.child.kill('SIGKILL'));
      for (const birdc of choosers) {
        await waitFor('BIRD to answer', () => birdc('show', 'status').includes('Daemon is up'));
      }
      await speaker.ready();

      const random = seededRandom(seed);
      const tables = sources.map((source) => ({ source, ...tablesOf(source, random) }));
      const sessions = tables.flatMap(({ source, phases, result }) => {
        const { asn, routerId } = source;
        const common = { port: 179, localAddress: source.address, asn, routerId, internal: isInternal(source) };
        return [
          feedSession({ ...common, host: ours, phases }),
          feedSession({ ...common, host: birds[0], phases: [phases[0]] }),
          feedSession({ ...common, host: birds[1], phases: [result] }),
        ];
      });
      const feeder: Feeder = startFeeder(far, join(directory, 'feed.json'), sessions);
      context.after(() => feeder.end());
      await feeder.ready();

      for (const [phase, birdc] of choosers.entries()) {
        if (phase === 1) await feeder.next();
        const lasts = sources.map((source) => lastOf(source, phase));
        await waitFor('our speaker to have all', () => lasts.every((prefix) => speaker.best.has(prefix)), 20_000);
        const theirs = await waitFor(
          'BIRD to have all',
          () => {
            const best = birdBest(birdc('show', 'route', 'primary'));
            return lasts.every((prefix) => best.has(prefix)) ? best : undefined;
          },
          20_000,
        );
        const own = new Map([...speaker.best].map(([prefix, { peer }]) => [prefix, peer]));
        assert.ok(theirs.size > prefixCount * 0.9, `only ${theirs.size} prefixes were sent`);
        const wrong = [...new Set([...theirs.keys(), ...own.keys()])].filter(
          (each) => theirs.get(each) !== own.get(each),
        );
        const [first] = wrong;
        if (first !== undefined) {
          const count = `${wrong.length} of ${theirs.size} differ in phase ${phase}`;
          const choice = `${first}: BIRD chose ${theirs.get(first)}, we ${own.get(first)}`;
          const all = birdc('show', 'route', first, 'all');
          assert.fail(
            `${count}; ${choice}\n${all}\nreproduce: SEED=${seed} node --test test/interop/bird-choice.test.ts`,
          );
        }
        // That every rule had a say: no peer wins all, and none nothing.
        const wins = sources.map(({ name }) => [...theirs.values()].filter((peer) => peer === name).length);
        assert.ok(Math.min(...wins) > 10, `wins: ${wins.join(' ')}`);
      }
      const { neighbors } = await speaker.ask('neighbors', 'neighbors');
      const malformed = (neighbors as { malformedUpdates: number }[]).map(({ malformedUpdates }) => malformedUpdates);
      assert.deepEqual(
        malformed,
        sources.map(() => 0),
      );
      await speaker.stop();
    });
  }
});

function peerFlag({ name, asn, address: from }: Source): string {
  return `${from},asn=${asn},name=${name},connect=passive,localAddress=${ours},holdTimeSeconds=0`;
}

/** Prefix → protocol of `show route primary`. */
function birdBest(text: string): ReadonlyMap<string, string> {
  const lines = text.matchAll(/^(\S+\/\d+)\s+\S+ \[(p\d+) .*\] \*/gm);
  return new Map([...lines].map(([, prefix, peer]) => [prefix as string, peer as string]));
}

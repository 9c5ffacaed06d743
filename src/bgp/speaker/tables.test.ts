/**
 * The speaker's tables beside a model that keeps every route as a value under its text, whatever happens in whatever order.
 *
 * The model shares with the speaker what one path becomes by a policy, and the decision; not what is kept, shared, counted,
 * compared, packed and told.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatAddress } from '../../ip/address.ts';
import { formatPrefix, mustPrefix, type Prefix } from '../../ip/prefix.ts';
import { attributesKey } from '../../testing/attributes-key.ts';
import { address } from '../../testing/bgp-routes.ts';
import { type ScriptedPeer, SpeakerStage, speakerAsn } from '../../testing/scripted-peer.ts';
import { prefixesOf, withdrawnOf } from '../../testing/withdrawn.ts';
import { unicastFamily } from '../message/family/table.ts';
import type { Message, Nlri, PathAttributes } from '../message/types.ts';
import { compilePolicy, evaluate } from '../policy/evaluate.ts';
import type { Policy } from '../policy/types.ts';
import { decide } from '../rib/decision.ts';
import type { Route, RouteSource } from '../rib/types.ts';
import { exportRoute } from './export.ts';

const prefixes = ['10.0.0.0/8', '10.1.0.0/16', '192.0.2.0/24', '2001:db8::/32', '2001:db8:1::/48'];
const names = ['a', 'b', 'paths', 'internal'] as const;
type Name = (typeof names)[number];

const policies: readonly Policy[] = [
  { terms: [], otherwise: 'accept' },
  { terms: [], otherwise: 'reject' },
  {
    terms: [
      { name: 'some', match: { prefixes: [{ prefix: '10.1.0.0/16' }] }, verdict: 'reject' },
      // Terms of one name, so that names do not tell them apart.
      { name: 'x', match: { originCode: ['egp'] }, actions: [{ type: 'add-communities', values: [7] }] },
      {
        name: 'x',
        match: { prefixes: [{ prefix: '192.0.2.0/24' }] },
        actions: [{ type: 'set-multi-exit-discriminator', value: 5 }],
      },
      {
        name: 'x',
        match: { prefixes: [{ prefix: '10.0.0.0/8' }] },
        actions: [{ type: 'set-multi-exit-discriminator', value: 6 }],
      },
    ],
    otherwise: 'accept',
  },
  {
    terms: [
      { name: 'prefer', match: { asPathLength: { max: 1 } }, actions: [{ type: 'set-local-preference', value: 200 }] },
    ],
    otherwise: 'accept',
  },
];

type Event =
  | {
      readonly type: 'announce';
      readonly peer: Name;
      readonly prefixes: readonly string[];
      readonly kind: number;
      readonly path: number;
    }
  | { readonly type: 'withdraw'; readonly peer: Name; readonly prefixes: readonly string[]; readonly path: number }
  | { readonly type: 'both'; readonly peer: Name; readonly gone: string; readonly come: string; readonly path: number }
  | { readonly type: 'policy'; readonly peer: Name; readonly way: 'import' | 'export'; readonly policy: number }
  | { readonly type: 'restart' | 'refresh'; readonly peer: Name }
  | { readonly type: 'own'; readonly prefix: string; readonly there: boolean };

const peer = fc.constantFrom(...names);
const prefix = fc.constantFrom(...prefixes);
const some = fc.subarray(prefixes, { minLength: 1 });
const path = fc.integer({ min: 1, max: 2 });
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('announce' as const), peer, prefixes: some, kind: fc.nat(4), path }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('withdraw' as const), peer, prefixes: some, path }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('both' as const), peer, gone: prefix, come: prefix, path }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('policy' as const),
      peer,
      way: fc.constantFrom('import' as const, 'export' as const),
      policy: fc.nat(policies.length - 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('restart' as const, 'refresh' as const), peer }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('own' as const), prefix, there: fc.boolean() }) },
);

/** One peer as the model sees it. */
class Modelled {
  readonly scripted: ScriptedPeer;
  readonly sent = new Map<string, Route>();
  /** What it has heard, by prefix and path. */
  readonly heard = new Map<string, string>();
  policy: Record<'import' | 'export', Policy> = { import: policies[0] as Policy, export: policies[0] as Policy };

  constructor(scripted: ScriptedPeer) {
    this.scripted = scripted;
  }
}

const addPath = ['ipv4-unicast', 'ipv6-unicast'] as const;

class Model {
  readonly stage = new SpeakerStage();
  readonly peers = new Map<Name, Modelled>();
  readonly own = new Set<string>();

  constructor() {
    for (const name of names) {
      const internal = name === 'internal' ? { peerAsn: speakerAsn } : {};
      const several =
        name === 'paths' ? { addPath: addPath.map((family) => ({ family, direction: 'both' as const })) } : {};
      this.peers.set(name, new Modelled(this.stage.idlePeer(name, { ...internal, ...several })));
      this.#establish(name);
    }
  }

  #of(name: Name): Modelled {
    return this.peers.get(name) as Modelled;
  }

  #establish(name: Name): void {
    const { scripted } = this.#of(name);
    scripted.establish(
      name === 'paths'
        ? [{ kind: 'add-path', families: addPath.map((family) => ({ family, direction: 'both' })) }]
        : [],
    );
    if (name === 'paths') scripted.context = { ...scripted.context, addPath: { receive: addPath, send: addPath } };
  }

  take(event: Event): void {
    switch (event.type) {
      case 'announce':
        this.#announce(event.peer, event.prefixes, event.kind, event.path);
        return;
      case 'withdraw':
        this.#say(event.peer, this.#withdrawal(event.peer, event.prefixes, event.path));
        return;
      case 'both': {
        // In one piece, and in one step: what goes and what comes may be the same prefix.
        const gone = this.#withdrawal(event.peer, [event.gone], event.path);
        this.#say(event.peer, gone, ...this.#announcements(event.peer, [event.come], 0, event.path));
        return;
      }
      case 'policy': {
        const policy = policies[event.policy] as Policy;
        this.#of(event.peer).policy[event.way] = policy;
        this.stage.step({ type: `set-${event.way}-policy`, peer: event.peer, policy });
        return;
      }
      case 'restart': {
        const modelled = this.#of(event.peer);
        this.stage.step({ type: 'closed', peer: event.peer, side: 'incoming' });
        this.stage.step({ type: 'timer', peer: event.peer, timer: 'idle-hold' });
        modelled.sent.clear();
        modelled.scripted.take();
        modelled.heard.clear();
        this.#establish(event.peer);
        return;
      }
      case 'refresh':
        this.#say(event.peer, { type: 'route-refresh', family: 'ipv4-unicast' });
        return;
      case 'own': {
        const prefix = mustPrefix(event.prefix);
        if (event.there) this.stage.step({ type: 'announce', route: { prefix, attributes: {} } });
        else this.stage.step({ type: 'withdraw', prefix });
        if (event.there) this.own.add(event.prefix);
        else this.own.delete(event.prefix);
      }
    }
  }

  #announce(name: Name, prefixes: readonly string[], kind: number, pathId: number): void {
    this.#say(name, ...this.#announcements(name, prefixes, kind, pathId));
  }

  #nlri(name: Name, text: string, pathId: number): Nlri {
    return name === 'paths' ? { ...mustPrefix(text), pathId } : mustPrefix(text);
  }

  #withdrawal(name: Name, prefixes: readonly string[], pathId: number): Message {
    const withdrawn = prefixes.map((text) => this.#nlri(name, text, pathId));
    for (const nlri of withdrawn) this.#of(name).sent.delete(keyOf(nlri));
    return { type: 'update', withdrawn: withdrawnOf(...withdrawn), reach: [], attributes: {}, errors: [] };
  }

  /** One message a family, so that prefixes of one kind of attributes come together. */
  #announcements(name: Name, prefixes: readonly string[], kind: number, pathId: number): readonly Message[] {
    const { sent, scripted } = this.#of(name);
    const { peerAsn } = scripted.config;
    const external = peerAsn !== speakerAsn;
    const asns = kind === 4 ? [64999, speakerAsn] : kind === 1 ? [64999] : [];
    const sequence = external ? [peerAsn, ...asns] : asns;
    const attributes: PathAttributes = {
      originCode: kind === 2 ? 'egp' : 'igp',
      asPath: sequence.length === 0 ? [] : [{ kind: 'sequence', asns: sequence }],
      ...(kind === 3 && { communities: [1, 2], multiExitDiscriminator: 9 }),
      ...(external ? {} : { localPreference: 100 }),
    };
    return ([4, 6] as const).flatMap((family) => {
      const list = prefixes.map((text) => this.#nlri(name, text, pathId)).filter((nlri) => nlri.family === family);
      if (list.length === 0) return [];
      const nextHop = address(family === 4 ? '203.0.113.77' : '2001:db8:ffff::77');
      for (const nlri of list) {
        const { pathId: number, ...prefix } = nlri;
        const route = { prefix, family: unicastFamily(family), source: sourceOf(scripted), nextHop, attributes };
        sent.set(keyOf(nlri), number === undefined ? route : { ...route, pathId: number });
      }
      const reach = [{ family: family === 4 ? 'ipv4-unicast' : 'ipv6-unicast', nextHop, prefixes: list } as const];
      return { type: 'update', withdrawn: [], reach, attributes, errors: [] };
    });
  }

  #say(name: Name, ...messages: readonly Message[]): void {
    this.#of(name).scripted.say(...messages);
  }

  /** Import of all that was sent, and the decision, from nothing. */
  accepted(): ReadonlyMap<string, readonly Route[]> {
    const routes = [...this.peers.values()].flatMap(({ sent, policy }) =>
      [...sent.values()].flatMap((route) => {
        if (route.attributes.asPath?.some(({ asns }) => asns.includes(speakerAsn))) return [];
        const result = evaluate(policy.import, route, { localAsn: speakerAsn });
        return result.verdict === 'accept' ? [result.route] : [];
      }),
    );
    const own = [...this.own].map((text): Route => {
      const prefix = mustPrefix(text);
      const routerId = address('10.0.0.1');
      const source: RouteSource = { peer: 'local', asn: speakerAsn, routerId, address: routerId, external: false };
      const nextHop = { family: prefix.family, bytes: new Uint8Array(prefix.family === 4 ? 4 : 16) };
      const attributes: PathAttributes = { originCode: 'igp', asPath: [] };
      return { prefix, family: unicastFamily(prefix.family), source, nextHop, attributes };
    });
    return Map.groupBy([...own, ...routes], ({ prefix }) => formatPrefix(prefix));
  }

  check(): void {
    const accepted = this.accepted();
    const best = new Map([...accepted].map(([text, routes]) => [text, decide(routes)?.best]));
    const { core } = this.stage;
    assert.deepEqual(
      new Map(Array.from(core.bestRoutes(), (route) => [formatPrefix(route.prefix), said(route)])),
      new Map([...best].sort(byAddress).map(([text, route]) => [text, said(route as Route)])),
    );
    for (const text of prefixes) {
      const losers = core.decision(mustPrefix(text))?.losers.map(({ route }) => said(route)) ?? [];
      assert.equal(losers.length, Math.max(0, (accepted.get(text)?.length ?? 0) - 1));
    }
    for (const [name, modelled] of this.peers) this.#checkPeer(name, modelled, accepted, best);
  }

  #checkPeer(
    name: Name,
    { scripted, sent, heard, policy }: Modelled,
    accepted: ReadonlyMap<string, readonly Route[]>,
    best: ReadonlyMap<string, Route | undefined>,
  ): void {
    const { core } = this.stage;
    const received = Array.from(core.adjRibIn(name), ({ received }) => [keyOfRoute(received), said(received)] as const);
    assert.deepEqual(new Map(received), new Map(Array.from(sent, ([key, route]) => [key, said(route)])));
    const status = core.neighbors().find(({ id }) => id === name);
    const ofPeer = [...accepted.values()].flat().filter(({ source }) => source.peer === name);
    assert.deepEqual([status?.receivedRoutes, status?.acceptedRoutes], [sent.size, ofPeer.length]);

    for (const message of scripted.take()) hear(heard, message);
    const context = {
      localAsn: speakerAsn,
      clusterId: address('10.0.0.1'),
      peer: scripted.config,
      policy: compilePolicy(policy.export),
      families: addPath,
    };
    const candidates = name === 'paths' ? [...accepted.values()].flat() : [...best.values()];
    const wanted = candidates.flatMap((route) => {
      const outcome = route && exportRoute(route, context);
      return outcome?.verdict === 'announce' ? [`${formatPrefix(route?.prefix as Prefix)} ${said(outcome.route)}`] : [];
    });
    const known = [...heard].map(([key, said]) => `${key.split(' ')[0]} ${said}`);
    assert.deepEqual(known.sort(), wanted.sort(), `what ${name} has heard`);
    const told = Array.from(core.adjRibOut(name), (route) => `${formatPrefix(route.prefix)} ${said(route)}`);
    assert.deepEqual(told.sort(), wanted, `what ${name} was told`);
  }
}

function sourceOf({ config }: ScriptedPeer): RouteSource {
  const { id, peerAsn, address: at } = config;
  const index = names.indexOf(id as Name);
  return {
    peer: id,
    asn: peerAsn,
    routerId: address(`10.0.1.${index + 1}`),
    address: at,
    external: peerAsn !== speakerAsn,
  };
}

function hear(heard: Map<string, string>, message: Message): void {
  if (message.type !== 'update') return;
  for (const nlri of prefixesOf(message.withdrawn)) {
    assert.ok(heard.delete(keyOf(nlri)), `${keyOf(nlri)} is withdrawn unheard`);
  }
  for (const { nextHop, prefixes } of message.reach) {
    for (const nlri of prefixes) heard.set(keyOf(nlri), said({ nextHop, attributes: message.attributes }));
  }
}

function said({ nextHop, attributes }: Pick<Route, 'nextHop' | 'attributes'>): string {
  return `${formatAddress(nextHop)} ${attributesKey(attributes)}`;
}

function keyOf(nlri: Nlri): string {
  return `${formatPrefix(nlri)} ${nlri.pathId ?? ''}`;
}

function keyOfRoute({ prefix, pathId }: Route): string {
  return keyOf(pathId === undefined ? prefix : { ...prefix, pathId });
}

function byAddress([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return prefixes.indexOf(a) - prefixes.indexOf(b);
}

test('whatever happens, tables and peers are as the model says', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 25 }), (events) => {
      const model = new Model();
      for (const event of events) {
        model.take(event);
        model.check();
      }
    }),
    { numRuns: 150 },
  );
});

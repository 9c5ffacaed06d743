/**
 * The far end of one session of a speaker core, played by a test: brings the session up, says what the test wants, and keeps
 * what the speaker says as decoded messages.
 */
import { assert } from '../base/assert.ts';
import { seededRandom } from '../base/random.ts';
import { decodeMessage, encodeMessage } from '../bgp/message/codec.ts';
import { MessageFramer } from '../bgp/message/framer.ts';
import type { Capability, CodecContext, Message, PathAttributes } from '../bgp/message/types.ts';
import { acceptAll } from '../bgp/policy/common.ts';
import { createSpeakerCore, type SpeakerCore } from '../bgp/speaker/speaker.ts';
import type { PeerConfig, SpeakerConfig, SpeakerEffect, SpeakerEvent } from '../bgp/speaker/types.ts';
import { formatPrefix, mustPrefix } from '../ip/prefix.ts';
import { address } from './bgp-routes.ts';
import { prefixesOf, withdrawnOf } from './withdrawn.ts';

export const speakerAsn = 64500;

/** A speaker core under test with the peers that the test plays, and all effects since the last look. */
export class SpeakerStage {
  readonly core: SpeakerCore;
  readonly peers = new Map<string, ScriptedPeer>();
  #effects: SpeakerEffect[] = [];

  constructor(config: Partial<SpeakerConfig> = {}) {
    this.core = createSpeakerCore({ asn: speakerAsn, routerId: address('10.0.0.1'), ...config }, seededRandom(1));
  }

  step(event: SpeakerEvent): void {
    const effects = this.core.step(event);
    this.#effects.push(...effects);
    for (const effect of effects) if (effect.type === 'send') this.peers.get(effect.peer)?.hear(effect.bytes);
  }

  /** The effects of one type since the last look at it. */
  take<T extends SpeakerEffect['type']>(type: T): readonly Extract<SpeakerEffect, { type: T }>[] {
    const taken = this.#effects.filter((effect) => effect.type === type);
    this.#effects = this.#effects.filter((effect) => effect.type !== type);
    return taken as unknown as readonly Extract<SpeakerEffect, { type: T }>[];
  }

  /** Configures a peer that accepts and gets everything, unless told otherwise, and brings its session up. */
  peer(id: string, facts: Partial<PeerConfig> = {}, capabilities: readonly Capability[] = []): ScriptedPeer {
    const peer = this.idlePeer(id, facts);
    peer.establish(capabilities);
    return peer;
  }

  idlePeer(id: string, facts: Partial<PeerConfig> = {}): ScriptedPeer {
    const config: PeerConfig = {
      id,
      peerAsn: 64501 + this.peers.size,
      address: address(`203.0.113.${10 + this.peers.size}`),
      holdTimeSeconds: 9,
      connectRetrySeconds: 5,
      families: ['ipv4-unicast', 'ipv6-unicast'],
      passive: true,
      importPolicy: acceptAll,
      exportPolicy: acceptAll,
      nextHops: { ipv4: address('203.0.113.1'), ipv6: address('2001:db8:ffff::1') },
      ...facts,
    };
    const peer = new ScriptedPeer(this, config, this.peers.size);
    this.peers.set(id, peer);
    this.step({ type: 'add-peer', peer: config });
    return peer;
  }
}

export class ScriptedPeer {
  readonly config: PeerConfig;
  /** How it reads and writes; a test that offers more than the plain capabilities says so here. */
  context: CodecContext;
  readonly #stage: SpeakerStage;
  readonly #index: number;
  #framer = new MessageFramer();
  #heard: Message[] = [];

  constructor(stage: SpeakerStage, config: PeerConfig, index: number) {
    this.#stage = stage;
    this.config = config;
    this.#index = index;
    // What the speaker says is read as the peer would read it.
    const external = config.peerAsn !== speakerAsn;
    const peerAsn = config.localAs?.asn ?? speakerAsn;
    const firstAs = config.routeServerClient ? {} : { peerAsn }; // RFC 7947 §2.2.2.1
    this.context = { fourOctetAsn: true, external, ...firstAs, families: config.families };
  }

  /** Opens the session; `more` are the capabilities that it offers beyond the plain ones. */
  establish(more: readonly Capability[] = []): void {
    const { id, peerAsn, families } = this.config;
    this.#framer = new MessageFramer();
    this.#stage.step({ type: 'connected', peer: id, side: 'incoming' });
    this.say(
      {
        type: 'open',
        asn: peerAsn,
        holdTimeSeconds: 9,
        routerId: address(`10.0.1.${this.#index + 1}`),
        capabilities: [
          ...families.map((family) => ({ kind: 'multiprotocol', family }) as const),
          { kind: 'route-refresh' },
          { kind: 'four-octet-asn', asn: peerAsn },
          ...more,
        ],
      },
      { type: 'keepalive' },
    );
    assert(this.#stage.core.sessionPhase(id) === 'established', `the session with ${id} is up`);
  }

  /** Sends the messages in one piece. */
  say(...messages: readonly Message[]): void {
    this.sayBytes(Buffer.concat(messages.flatMap((message) => [...encodeMessage(message, this.context)])));
  }

  sayBytes(bytes: Uint8Array): void {
    this.#stage.step({ type: 'bytes', peer: this.config.id, side: 'incoming', bytes });
  }

  /** Announces prefixes with this peer's own ASN as their path, unless told otherwise. */
  announce(prefixes: readonly string[], attributes: PathAttributes = {}, nextHop?: string): void {
    for (const prefix of prefixes) this.say(this.announcement(prefix, attributes, nextHop));
  }

  announcement(prefix: string, attributes: PathAttributes = {}, nextHop?: string): Message {
    const external = this.config.peerAsn !== speakerAsn;
    const asPath = external ? [{ kind: 'sequence', asns: [this.config.peerAsn] } as const] : [];
    const parsed = mustPrefix(prefix);
    const family = parsed.family === 4 ? 'ipv4-unicast' : 'ipv6-unicast';
    const by =
      nextHop ?? (parsed.family === 4 ? `203.0.113.${10 + this.#index}` : `2001:db8:ffff::${10 + this.#index}`);
    return {
      type: 'update',
      withdrawn: [],
      reach: [{ family, nextHop: address(by), prefixes: [parsed] }],
      attributes: { originCode: 'igp', asPath, ...attributes },
      errors: [],
    };
  }

  withdraw(...prefixes: readonly string[]): void {
    this.say({
      type: 'update',
      withdrawn: withdrawnOf(...prefixes.map(mustPrefix)),
      reach: [],
      attributes: {},
      errors: [],
    });
  }

  hear(bytes: Uint8Array): void {
    for (const raw of this.#framer.push(bytes).messages) {
      const decoded = decodeMessage(raw, this.context);
      assert(decoded.ok, 'the speaker says nothing malformed');
      this.#heard.push(decoded.message);
    }
  }

  /** What the speaker has said since the last look. */
  take(): readonly Message[] {
    const heard = this.#heard;
    this.#heard = [];
    return heard;
  }

  /** The same in short: `+prefix`, `-prefix`, `end ipv4-unicast`, or the message's type; keepalives left out. */
  takeShort(): readonly string[] {
    return this.take().flatMap((message) => {
      if (message.type === 'keepalive') return [];
      if (message.type !== 'update') return [message.type];
      if (message.endOfRib !== undefined) return [`end ${message.endOfRib}`];
      assert(message.errors.length === 0, `an update without faults: ${message.errors[0]?.what}`);
      return [
        ...prefixesOf(message.withdrawn).map((prefix) => `-${formatPrefix(prefix)}`),
        ...message.reach.flatMap(({ prefixes }) => prefixes.map((prefix) => `+${formatPrefix(prefix)}`)),
      ];
    });
  }
}

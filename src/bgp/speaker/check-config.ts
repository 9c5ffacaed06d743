/**
 * What of a peer's configuration contradicts itself: told at once, before anything is sent.
 *
 * Why here and not in a schema: the speaker is a library, and whoever builds a configuration by hand gets the same answers.
 */
import { fail } from '../../base/problem.ts';
import { maximumAsn } from '../../ip/asn.ts';
import { compilePolicy } from '../policy/evaluate.ts';
import { localPeer } from '../rib/decision.ts';
import type { PeerConfig, SpeakerConfig } from './types.ts';

interface Rule {
  readonly broken: (peer: PeerConfig, speaker: SpeakerConfig) => boolean;
  readonly code: string;
  readonly what: (peer: PeerConfig, speaker: SpeakerConfig) => string;
  readonly fix: string;
  readonly source?: string;
}

const isInternal = (peer: PeerConfig, { asn }: SpeakerConfig): boolean => peer.peerAsn === asn;

const rules: readonly Rule[] = [
  {
    broken: ({ peerAsn }) => !Number.isInteger(peerAsn) || peerAsn < 1 || peerAsn > maximumAsn,
    code: 'speaker.asn',
    what: ({ peerAsn }) => `the peer's AS number is ${peerAsn}`,
    fix: `use a whole number from 1 to ${maximumAsn}`,
    source: 'RFC 7607',
  },
  {
    broken: ({ holdTimeSeconds: time }) => !isWithin(time, 0xffff) || time === 1 || time === 2,
    code: 'speaker.hold-time',
    what: ({ holdTimeSeconds }) => `the hold time is ${holdTimeSeconds} s`,
    fix: 'use 0 for no keepalives, or 3 to 65535',
    source: 'RFC 4271 §4.2',
  },
  {
    broken: ({ families }) => families.length === 0,
    code: 'speaker.families',
    what: () => 'the session would carry no family of addresses',
    fix: 'name ipv4-unicast, ipv6-unicast or both',
    source: 'RFC 4760 §8',
  },
  {
    broken: ({ localAs, peerAsn }, { asn }) =>
      localAs !== undefined && (localAs.asn === peerAsn || localAs.asn === asn),
    code: 'speaker.local-as',
    what: ({ localAs }) => `localAs ${localAs?.asn} is our own AS or the peer's`,
    fix: 'use the AS number that the peer still knows us by, or leave localAs out',
    source: 'RFC 7705 §3',
  },
  {
    broken: (peer, speaker) => peer.localAs !== undefined && isInternal(peer, speaker),
    code: 'speaker.external-only',
    what: () => 'localAs is set for an internal peer',
    fix: 'leave it out: towards internal peers we are always our own AS',
    source: 'RFC 7705 §3',
  },
  {
    broken: (peer, speaker) =>
      (peer.role !== undefined || peer.routeServerClient === true) && isInternal(peer, speaker),
    code: 'speaker.external-only',
    what: ({ role }) => `${role === undefined ? 'routeServerClient' : `the role ${role}`} is set for an internal peer`,
    fix: 'leave it out: roles and route servers are for external peers',
    source: 'RFC 9234 §4.1',
  },
  {
    broken: ({ role, requireRole }) => requireRole === true && role === undefined,
    code: 'speaker.role',
    what: () => 'requireRole is set without a role of our own',
    fix: 'set role to what we are to the peer',
    source: 'RFC 9234 §4.2',
  },
  {
    broken: (peer, speaker) => peer.reflectorClient === true && !isInternal(peer, speaker),
    code: 'speaker.internal-only',
    what: () => 'reflectorClient is set for an external peer',
    fix: 'leave it out: only internal peers are reflected to',
    source: 'RFC 4456 §4',
  },
  {
    broken: ({ limits }) =>
      [...Object.values(limits?.in ?? {}).map(({ maximum }) => maximum), ...Object.values(limits?.out ?? {})].some(
        (maximum) => !Number.isInteger(maximum) || maximum < 0 || maximum > 0xffff_ffff,
      ),
    code: 'speaker.prefix-limit',
    what: () => 'a prefix limit is no whole number from 0 to 4294967295',
    fix: 'use the number of prefixes that the peer may send, with room to grow',
  },
  {
    broken: ({ gracefulRestart }) => {
      const { restartTimeSeconds = 0, longLivedSeconds = 0 } = gracefulRestart ?? {};
      return !isWithin(restartTimeSeconds, 4095) || !isWithin(longLivedSeconds, 0xff_ffff);
    },
    code: 'speaker.restart-time',
    what: () => 'a restart time is out of its range',
    fix: 'use at most 4095 s as restartTimeSeconds, and at most 16777215 s as longLivedSeconds',
    source: 'RFC 4724 §3, RFC 9494 §3',
  },
];

/** Problem codes: those of the rules above and of `compilePolicy`. For who adds the peer later, or many like it. */
export function checkPeer(peer: PeerConfig, speaker: SpeakerConfig): void {
  checkPeerConfig(peer, speaker);
  for (const policy of [peer.importPolicy, peer.exportPolicy]) if (policy !== undefined) compilePolicy(policy);
}

/** Problem codes: those of the rules above. */
/** Before a peer is added; `known`: one of its id is there already. Problem codes: `speaker.peer-name`, `speaker.peer-exists` and the rules'. */
export function checkNewPeer(peer: PeerConfig, speaker: SpeakerConfig, known: boolean): void {
  const { id } = peer;
  if (id === localPeer) {
    const fix = 'give the peer another id';
    fail({ code: 'speaker.peer-name', what: `a peer cannot be called "${id}": our own routes are`, fix });
  }
  if (known) {
    const fix = 'remove the peer first, or give this one another id';
    fail({ code: 'speaker.peer-exists', what: `there is a peer "${id}" already`, fix });
  }
  checkPeerConfig(peer, speaker);
}

function checkPeerConfig(peer: PeerConfig, speaker: SpeakerConfig): void {
  const rule = rules.find(({ broken }) => broken(peer, speaker));
  if (rule === undefined) return;
  const { code, what, fix, source } = rule;
  const where = `peer ${peer.id}`;
  fail({ code, what: what(peer, speaker), where, fix, ...(source === undefined ? {} : { source }) });
}

function isWithin(value: number, maximum: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= maximum;
}

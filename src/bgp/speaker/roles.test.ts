/** Roles and ONLY_TO_CUSTOMER, rule by rule of RFC 9234. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustPrefix } from '../../ip/prefix.ts';
import { SpeakerStage } from '../../testing/scripted-peer.ts';
import { describeNotification } from '../message/notification.ts';
import type { BgpRole, Capability } from '../message/types.ts';
import { oppositeRole } from './only-to-customer.ts';
import type { PeerConfig } from './types.ts';

const one = '192.0.2.0/24';
const roles: readonly BgpRole[] = ['provider', 'route-server', 'route-server-client', 'customer', 'peer'];
const say = (role: BgpRole): Capability => ({ kind: 'role', role });

/** How the session ends, or `up`. */
function outcome(facts: Partial<PeerConfig>, capabilities: readonly Capability[]): string {
  const stage = new SpeakerStage();
  const peer = stage.idlePeer('a', facts);
  try {
    peer.establish(capabilities);
    return 'up';
  } catch {
    const last = peer.take().find((message) => message.type === 'notification');
    return last === undefined ? 'nothing said' : describeNotification(last);
  }
}

test('only the five right pairs of roles come up (RFC 9234 §4.2)', () => {
  for (const ours of roles) {
    for (const theirs of roles) {
      const expected = theirs === oppositeRole(ours) ? 'up' : 'OPEN Message Error / Role Mismatch';
      assert.equal(outcome({ role: ours }, [say(theirs)]), expected, `${ours} and ${theirs}`);
    }
  }
});

test('a peer that says no role is taken, unless it must say one', () => {
  const refused = 'OPEN Message Error / Role Mismatch';
  assert.equal(outcome({ role: 'customer' }, []), 'up');
  assert.equal(outcome({ role: 'customer', requireRole: true }, []), refused);
  assert.equal(outcome({ role: 'customer', requireRole: true }, [say('provider')]), 'up');
  assert.equal(outcome({}, [say('provider')]), 'up', 'we have said none');
  assert.equal(outcome({ role: 'customer' }, [say('provider'), say('provider')]), 'up', 'twice the same is one');
  assert.equal(outcome({ role: 'customer' }, [say('provider'), say('peer')]), refused);
  assert.equal(outcome({ role: 'customer' }, [{ kind: 'unknown', code: 9, bytes: Uint8Array.of(99) }]), refused);
});

/** What the speaker makes of a route with this mark from a peer to which it has this role. */
function taken(role: BgpRole, onlyToCustomer: number | undefined): string {
  const stage = new SpeakerStage();
  const peer = stage.peer('a', { role, peerAsn: 64501 });
  peer.announce([one], onlyToCustomer === undefined ? {} : { onlyToCustomer });
  const best = stage.core.decision(mustPrefix(one))?.best;
  if (best !== undefined) return `marked ${best.attributes.onlyToCustomer ?? 'not'}`;
  const [route] = [...stage.core.adjRibIn('a')];
  return route?.outcome.verdict === 'reject' ? route.outcome.rejection.reason : 'nothing';
}

test('ingress: a mark from below or from a lateral peer that did not set it is a leak; from above it is set where missing', () => {
  const table = roles.map((role) => [role, taken(role, undefined), taken(role, 64501), taken(role, 64999)]);
  assert.deepEqual(table, [
    ['provider', 'marked not', 'route-leak', 'route-leak'],
    ['route-server', 'marked not', 'route-leak', 'route-leak'],
    ['route-server-client', 'marked 64501', 'marked 64501', 'marked 64999'],
    ['customer', 'marked 64501', 'marked 64501', 'marked 64999'],
    ['peer', 'marked 64501', 'marked 64501', 'route-leak'],
  ]);
});

/** What a peer to which the speaker has this role hears of a route, by where that came from. */
function told(role: BgpRole, from: Partial<PeerConfig>): string {
  const stage = new SpeakerStage();
  const peer = stage.peer('out', { role });
  peer.take();
  if (from.id === 'local') stage.step({ type: 'announce', route: { prefix: mustPrefix(one), attributes: {} } });
  else stage.peer('in', { peerAsn: 64501, ...from }).announce([one]);
  const [update] = peer.take().filter((message) => message.type === 'update');
  if (update === undefined) return stage.core.explainExport('out', mustPrefix(one))?.verdict ?? 'nothing';
  return `marked ${update.attributes.onlyToCustomer ?? 'not'}`;
}

test('egress: marked towards customers, lateral peers and clients; what is marked goes to customers and clients only', () => {
  const sources = [{ id: 'local' }, { role: 'provider' }, { role: 'customer' }] as const; // ours, our customer's, our provider's
  const table = roles.map((role) => [role, ...sources.map((from) => told(role, from))]);
  assert.deepEqual(table, [
    ['provider', 'marked 64500', 'marked 64500', 'marked 64501'],
    ['route-server', 'marked 64500', 'marked 64500', 'marked 64501'],
    ['route-server-client', 'marked not', 'marked not', 'suppress'],
    ['customer', 'marked not', 'marked not', 'suppress'],
    ['peer', 'marked 64500', 'marked 64500', 'suppress'],
  ]);
});

test('without roles nothing is marked and nothing is stopped', () => {
  const stage = new SpeakerStage();
  const [a, b] = [stage.peer('a'), stage.peer('b')];
  b.take();
  a.announce([one], { onlyToCustomer: 64999 });
  assert.deepEqual(b.takeShort(), [`+${one}`]);
});

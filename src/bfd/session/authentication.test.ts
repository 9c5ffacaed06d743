/** Authentication: digests against ones made by hand, what each kind refuses, and sequence numbers around their end. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { toHex } from '../../base/bytes.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import { decodePacket } from '../packet/codec.ts';
import { bytesOf, plain } from '../packet/packet.vectors.ts';
import type { AuthenticationType, ControlPacket } from '../packet/types.ts';
import type { AuthenticationKey } from '../types.ts';
import { Authenticator } from './authentication.ts';

const types: readonly AuthenticationType[] = [
  'simple-password',
  'keyed-md5',
  'meticulous-keyed-md5',
  'keyed-sha1',
  'meticulous-keyed-sha1',
];
const key: AuthenticationKey = { id: 7, secret: 'secret' };
/** The sequence number before the first packet. */
const startingAt = (sequence: number): Random => ({ next: () => 0, below: () => sequence });

function authenticator(type: AuthenticationType, keys: readonly [AuthenticationKey, ...AuthenticationKey[]] = [key]) {
  return new Authenticator({ type, keys }, seededRandom(1));
}

/** Why `receiver` refuses the bytes. */
function verdict(receiver: Authenticator, bytes: Uint8Array): string | undefined {
  const decoded = decodePacket(bytes);
  assert.ok(decoded.ok && decoded.packet.authentication !== undefined);
  return receiver.reject(bytes, decoded.packet.authentication, 3);
}

test('keyed SHA1 is the hash of the packet with the padded key in the place of the digest', () => {
  const sender = new Authenticator({ type: 'keyed-sha1', keys: [key] }, startingAt(0x0102_0303));
  const before = `
    20 c4 03 34 00000001 00000002 0000c350 0000c350 00000000
    04 1c       # keyed SHA1, length 28
    07 00       # key id, reserved
    01020304    # sequence number: contents that were never sent move it
    `;
  const padded = `736563726574 ${'00'.repeat(14)}`; // "secret", 20 bytes
  const expected = createHash('sha1')
    .update(bytesOf(`${before}\n${padded}`))
    .digest('hex');
  assert.equal(toHex(sender.sign(plain)), toHex(bytesOf(before)) + expected);
});

test('keyed MD5 likewise', () => {
  const sender = new Authenticator({ type: 'meticulous-keyed-md5', keys: [key] }, startingAt(0xffff_ffff));
  const before = '20 c4 03 30 00000001 00000002 0000c350 0000c350 00000000 03 18 07 00 00000000';
  const expected = createHash('md5')
    .update(bytesOf(`${before} 736563726574 ${'00'.repeat(10)}`))
    .digest('hex');
  assert.equal(toHex(sender.sign(plain)), toHex(bytesOf(before)) + expected);
});

for (const type of types) {
  test(`${type}: the right key is believed, others are not`, () => {
    const sender = authenticator(type);
    assert.equal(verdict(authenticator(type), sender.sign(plain)), undefined);
    assert.match(verdict(authenticator(type, [{ ...key, secret: 'Secret' }]), sender.sign(plain)) ?? '', /is wrong/);
    assert.match(verdict(authenticator(type, [{ ...key, id: 8 }]), sender.sign(plain)) ?? '', /key id 7 is unknown/);
    for (const other of types.filter((one) => one !== type)) {
      assert.match(verdict(authenticator(other), sender.sign(plain)) ?? '', /authentication is/);
    }
  });

  test(`${type}: a second key is accepted, the first signs`, () => {
    const next: AuthenticationKey = { id: 8, secret: 'next' };
    const receiver = authenticator(type, [key, next]);
    assert.equal(verdict(receiver, authenticator(type, [next]).sign(plain)), undefined);
    const decoded = decodePacket(receiver.sign(plain));
    assert.equal(decoded.ok && decoded.packet.authentication?.keyId, 7);
  });

  if (type === 'simple-password') continue; // a password signs nothing
  test(`${type}: each changed bit is noticed`, () => {
    const raw = authenticator(type).sign(plain);
    for (let bit = 0; bit < raw.length * 8; bit++) {
      const changed = Uint8Array.from(raw);
      changed[bit >>> 3] = (changed[bit >>> 3] as number) ^ (0x80 >>> (bit & 7));
      const decoded = decodePacket(changed);
      if (!decoded.ok || decoded.packet.authentication === undefined) continue;
      const why = authenticator(type).reject(changed, decoded.packet.authentication, 3);
      assert.notEqual(why, undefined, `bit ${bit}`);
    }
  });
}

test('what was sent before is not believed again', () => {
  for (const [type, again] of [
    ['meticulous-keyed-sha1', /not ahead/],
    ['keyed-sha1', undefined], // the same contents may carry the same number: RFC 5880 §6.7.4
  ] as const) {
    const receiver = authenticator(type);
    const first = authenticator(type).sign(plain);
    assert.equal(verdict(receiver, first), undefined);
    const second = verdict(receiver, first);
    if (again === undefined) assert.equal(second, undefined);
    else assert.match(second ?? '', again);
  }
});

test('numbers go round, and run at most 3 × the multiplier ahead', () => {
  for (const type of ['keyed-md5', 'meticulous-keyed-md5'] as const) {
    const sender = new Authenticator({ type, keys: [key] }, startingAt(0xffff_fffc));
    const receiver = authenticator(type);
    let myDiscriminator = 1;
    const next = () => sender.sign({ ...plain, myDiscriminator: myDiscriminator++ } satisfies ControlPacket);
    assert.equal(verdict(receiver, next()), undefined);
    for (let lost = 0; lost < 8; lost++) next();
    assert.equal(verdict(receiver, next()), undefined, '9 ahead, beyond the end');
    for (let lost = 0; lost < 9; lost++) next();
    assert.match(verdict(receiver, next()) ?? '', /too far/);
    receiver.forgetSequence();
    assert.equal(verdict(receiver, next()), undefined);
  }
});

test('a forged packet does not move the number', () => {
  const type = 'meticulous-keyed-sha1';
  const receiver = authenticator(type);
  const sender = new Authenticator({ type, keys: [key] }, startingAt(10));
  assert.equal(verdict(receiver, sender.sign(plain)), undefined);
  const forger = new Authenticator({ type, keys: [{ ...key, secret: 'guess' }] }, startingAt(18));
  assert.match(verdict(receiver, forger.sign(plain)) ?? '', /digest/);
  assert.equal(verdict(receiver, sender.sign(plain)), undefined);
});

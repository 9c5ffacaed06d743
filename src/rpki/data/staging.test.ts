import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustPrefix } from '../../ip/prefix.ts';
import { decodePdu } from '../pdu/codec.ts';
import { type PayloadPdu, rtrError } from '../pdu/types.ts';
import { emptyRpkiData } from './rpki-data.ts';
import { Staging } from './staging.ts';

const prefix = (announce: boolean, asn: number): PayloadPdu => ({
  type: 'prefix',
  announce,
  vrp: { prefix: mustPrefix('192.0.2.0/24'), maxLength: 24, asn },
});
const aspa = (customer: number, ...providers: number[]): PayloadPdu => ({
  type: 'aspa',
  announce: providers.length > 0,
  customer,
  providers,
});

function apply(staging: Staging, ...pdus: readonly PayloadPdu[]): (number | undefined)[] {
  return pdus.map((pdu) => staging.apply(2, pdu)?.code);
}

test('an update shows nothing before it is whole, and leaves what it began from as it was', () => {
  const first = new Staging();
  apply(first, prefix(true, 1), prefix(true, 2), aspa(10, 20));
  const before = first.finish();
  const update = new Staging(before);
  assert.deepEqual(apply(update, prefix(false, 1), prefix(true, 3), aspa(10, 30), aspa(11, 30)), [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual([...before.vrps.entries()].map(({ asn }) => asn).sort(), [1, 2]);
  assert.deepEqual(before.aspas.providersOf(10), [20]);
  const after = update.finish();
  assert.deepEqual([...after.vrps.entries()].map(({ asn }) => asn).sort(), [2, 3]);
  assert.deepEqual(after.aspas.providersOf(10), [30], 'an announcement replaces');
  assert.equal(after.aspas.size, 2);
});

test('an answer without changes is the same value', () => {
  const before = emptyRpkiData();
  assert.equal(new Staging(before).finish(), before);
});

test('announced twice, withdrawn without being there: the codes and bytes for the report (RFC 8210 §5.6)', () => {
  const { duplicateAnnouncement, withdrawalOfUnknownRecord } = rtrError;
  assert.deepEqual(apply(new Staging(), prefix(true, 1), prefix(true, 1)), [undefined, duplicateAnnouncement]);
  assert.deepEqual(apply(new Staging(), prefix(false, 1)), [withdrawalOfUnknownRecord]);
  assert.deepEqual(apply(new Staging(), aspa(10)), [withdrawalOfUnknownRecord]);
  assert.deepEqual(apply(new Staging(), prefix(true, 1), prefix(false, 1), prefix(true, 1)), [
    undefined,
    undefined,
    undefined,
  ]);
  const fault = new Staging().apply(1, prefix(false, 7));
  assert(fault !== undefined);
  assert.deepEqual(decodePdu(fault.pdu), { ok: true, version: 1, pdu: prefix(false, 7) });
});

test('more records than there can be are refused', () => {
  const staging = new Staging(undefined, 3);
  const codes = apply(staging, prefix(true, 1), prefix(true, 2), aspa(10, 20), prefix(true, 3), prefix(false, 1));
  assert.deepEqual(codes, [undefined, undefined, undefined, rtrError.internalError, undefined]);
});

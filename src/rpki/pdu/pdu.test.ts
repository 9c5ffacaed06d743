import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '../../base/bytes.ts';
import { decodePdu, encodePdu, errorReportFor } from './codec.ts';
import { PduFramer } from './framer.ts';
import { bad, good, tolerated } from './pdu.vectors.ts';
import { pduTable } from './table.ts';
import type { RtrFault } from './types.ts';

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex.replaceAll(' ', ''));
  assert(bytes !== undefined, hex);
  return bytes;
}

describe('codec', () => {
  for (const { version, hex, pdu } of good) {
    test(`reads and writes ${hex}`, () => {
      assert.deepEqual(decodePdu(bytesOf(hex)), { ok: true, version, pdu });
      assert.equal(toHex(encodePdu(version, pdu)), hex.replaceAll(' ', ''));
    });
  }
  for (const { version, hex, pdu } of tolerated) {
    test(`reads ${hex}`, () => assert.deepEqual(decodePdu(bytesOf(hex)), { ok: true, version, pdu }));
  }
  for (const { type, why, hex, code, field } of bad) {
    test(`refuses ${type}: ${why}`, () => {
      const decoded = decodePdu(bytesOf(hex));
      assert(!decoded.ok);
      assert.deepEqual([decoded.fault.code, decoded.fault.field], [code, field]);
      assert.equal(decoded.fault.inErrorReport, type === 'error-report');
      assert.deepEqual(decoded.fault.pdu, bytesOf(hex));
    });
  }

  test('each type of PDU has good and bad vectors', () => {
    assert(pduTable.length > 10);
    for (const { type, number } of pduTable) {
      assert(
        good.some(({ hex }) => bytesOf(hex)[1] === number),
        `${type} ${number} has no good vector`,
      );
      assert(
        bad.some(({ hex }) => bytesOf(hex)[1] === number),
        `${type} ${number} has no bad vector`,
      );
    }
  });

  test('no bytes make it throw, and a report of what is wrong can always be sent', () => {
    const mutated = fc
      .tuple(fc.constantFrom(...good), fc.array(fc.tuple(fc.nat(63), fc.nat(255)), { maxLength: 4 }))
      .map(([vector, changes]) => {
        const bytes = bytesOf(vector.hex);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        return bytes;
      });
    let faults = 0;
    fc.assert(
      fc.property(fc.oneof(mutated, mutated, fc.uint8Array({ maxLength: 64 })), (bytes) => {
        const decoded = decodePdu(bytes);
        if (decoded.ok) {
          // What reads reads the same again after writing.
          const again = decodePdu(encodePdu(decoded.version, decoded.pdu));
          if (decoded.pdu.type !== 'error-report') assert.deepEqual(again, decoded);
          else assert(again.ok);
          return;
        }
        faults++;
        assert(decodePdu(encodePdu(2, errorReportFor(decoded.fault))).ok);
      }),
      { numRuns: 5000 },
    );
    assert(faults > 100, 'the mutations did harm');
  });
});

describe('framer', () => {
  const stream = Buffer.concat(good.map(({ hex }) => bytesOf(hex)));
  const whole = good.map(({ hex }) => hex.replaceAll(' ', ''));

  function cut(chunks: readonly Uint8Array[]): { pdus: string[]; fault: RtrFault | undefined; framer: PduFramer } {
    const framer = new PduFramer();
    const pdus: string[] = [];
    let fault: RtrFault | undefined;
    for (const chunk of chunks) {
      fault = framer.push(chunk, (pdu) => {
        pdus.push(toHex(pdu));
        return true;
      });
    }
    return { pdus, fault, framer };
  }

  test('every split point of a stream gives the same PDUs', () => {
    for (let at = 0; at <= stream.length; at++) {
      const { pdus, fault, framer } = cut([stream.subarray(0, at), stream.subarray(at)]);
      assert.deepEqual(pdus, whole);
      assert.equal(fault, undefined);
      assert.equal(framer.pendingBytes, 0);
    }
    assert.deepEqual(cut([...stream].map((byte) => Uint8Array.of(byte))).pdus, whole);
  });

  test('a length that cannot be true ends the stream, after what came before, for ever', () => {
    for (const length of ['00000007', '00000000', '00010000', 'ffffffff']) {
      const bytes = Buffer.concat([stream, bytesOf(`01 03 0000 ${length}`), stream]);
      for (const chunks of [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))]) {
        const { pdus, fault, framer } = cut(chunks);
        assert.deepEqual(pdus, whole);
        assert.equal(fault?.field, 'length');
        assert.equal(
          framer.push(stream, () => assert.fail('a PDU after the end')),
          fault,
        );
      }
    }
  });

  test('who wants no more gets no more', () => {
    const framer = new PduFramer();
    let count = 0;
    framer.push(stream, () => ++count < 3);
    assert.equal(count, 3);
  });

  test('an unfinished PDU holds no more memory than one PDU', () => {
    const { framer } = cut([bytesOf('01 0a 0000 0000ffff'), new Uint8Array(60_000)]);
    assert.equal(framer.pendingBytes, 60_008);
  });

  test('random streams in random chunks never throw', () => {
    const piece = fc.oneof(fc.constantFrom(...good.map(({ hex }) => bytesOf(hex))), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 30 })), (pieces, sizes) => {
        const bytes = Buffer.concat(pieces);
        const chunks: Uint8Array[] = [];
        for (let at = 0, next = 0; at < bytes.length; next++) {
          const size = sizes.length === 0 ? 7 : (sizes[next % sizes.length] as number);
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        const split = cut(chunks);
        const once = cut([bytes]);
        assert.deepEqual(split.pdus, once.pdus);
        assert.deepEqual(split.fault, once.fault);
        for (const pdu of split.pdus) decodePdu(bytesOf(pdu));
      }),
      { numRuns: 1000 },
    );
  });
});

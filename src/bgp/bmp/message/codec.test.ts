import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../../base/bytes.ts';
import { bad, bytesOf, good, message, notification, open, plain } from './bmp.vectors.ts';
import { bmpBugField, decodeBmp, encodeBmp } from './codec.ts';
import { bmpTypes } from './common-header.ts';
import { BmpFramer } from './framer.ts';
import { statisticName, statisticTable } from './statistics.ts';
import { describeTermination, informationType, textTlv, tlvText } from './tlv.ts';

describe('what bytes say, and back', () => {
  for (const { name, bytes, says } of good) {
    test(name, () => {
      const result = decodeBmp(bytes);
      assert.ok(result.ok, result.ok ? '' : result.error.what);
      assert.deepEqual(plain(result.message), says);
      assert.equal(toHex(encodeBmp(result.message)), toHex(bytes));
    });
  }

  test('each type has a vector', () => {
    const said = new Set(good.map(({ bytes }) => bytes[5]));
    assert.deepEqual(
      bmpTypes.filter((_, code) => !said.has(code)),
      [],
    );
  });

  test('each statistic has a number and a name of its own', () => {
    assert.deepEqual(
      statisticTable.map(({ code }) => code),
      Array.from({ length: 18 }, (_, code) => code),
    );
    assert.equal(new Set(statisticTable.map(({ name }) => name)).size, 18);
    assert.equal(
      statisticName({ code: 9, value: 1n, family: { afi: 2, safi: 1 } }),
      'adjRibInRoutesOfFamily.ipv6-unicast',
    );
    assert.equal(statisticName({ code: 9, value: 1n, family: { afi: 25, safi: 70 } }), 'adjRibInRoutesOfFamily.25/70');
    assert.equal(statisticName({ code: 4000, bytes: bytesOf('') }), 'statistic4000');
  });
});

describe('bytes that say nothing', () => {
  for (const { name, bytes, offset, field } of bad) {
    test(name, () => {
      const result = decodeBmp(bytes);
      assert.ok(
        !result.ok,
        JSON.stringify(result, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
      );
      const { error } = result;
      assert.deepEqual([error.field, error.offset], [field, offset], error.what);
      assert.match(error.rfc, /^RFC \d+ §/);
    });
  }
});

describe('BGP messages inside', () => {
  const peer = '00 00 0000000000000000 000000000000000000000000c0000201 0000fbf4 0a000001 00000000 00000000';

  test('a Peer Up tells what its OPENs say', () => {
    const result = decodeBmp(message(3, `${peer} ${'00'.repeat(20)} ${open} ${open}`));
    assert.ok(result.ok && result.message.type === 'peer-up');
    const { sent } = result.message;
    assert.ok('message' in sent);
    assert.deepEqual([sent.message.asn, sent.message.holdTimeSeconds], [64500, 90]);
  });

  test('an OPEN that BGP would refuse is an error beside the Peer Up', () => {
    const version3 = open.replace(' 01 04 ', ' 01 03 ');
    const result = decodeBmp(message(3, `${peer} ${'00'.repeat(20)} ${version3} ${open}`));
    assert.ok(result.ok && result.message.type === 'peer-up');
    const { sent, received } = result.message;
    assert.ok('error' in sent && 'message' in received);
    assert.equal(sent.error.field, 'version');
  });

  test('a Peer Down with a broken NOTIFICATION is a Peer Down', () => {
    for (const broken of ['', notification.slice(0, 30), `${'ff'.repeat(16)} 0013 04`, '00']) {
      const result = decodeBmp(message(2, `${peer} 03 ${broken}`));
      assert.ok(result.ok && result.message.type === 'peer-down');
      const { reason } = result.message;
      assert.ok(reason.kind === 'remote-notification' && 'error' in reason.notification, broken);
    }
  });
});

describe('words', () => {
  test('are cut at a character, and read back', () => {
    const tlv = textTlv(informationType.sysName, 'fra-🦊', 7);
    assert.equal(tlvText([tlv], informationType.sysName), 'fra-');
    assert.equal(tlvText([textTlv(2, 'fra-🦊')], 2), 'fra-🦊');
    assert.equal(tlvText([], 2), undefined);
  });

  test('of a Termination', () => {
    const reason = { type: 1, bytes: bytesOf('0002') };
    assert.equal(describeTermination([reason]), 'the router is out of resources');
    assert.equal(describeTermination([{ type: 1, bytes: bytesOf('0009') }, textTlv(0, 'bye')]), 'reason 9: bye');
    assert.equal(describeTermination([]), 'no reason given');
  });
});

describe('whatever comes', () => {
  test('no decoder throws, and no fault is ours', () => {
    const any = fc.record({
      of: fc.constantFrom(...good.map(({ bytes }) => bytes)),
      at: fc.nat(),
      value: fc.nat(255),
      cut: fc.nat(400),
    });
    fc.assert(
      fc.property(any, ({ of, at, value, cut }) => {
        const bytes = of.slice(0, Math.max(6, of.length - (cut < 200 ? 0 : cut - 200)));
        bytes[6 + (at % Math.max(1, bytes.length - 6))] = value;
        const input = bytes.slice();
        new DataView(input.buffer).setUint32(1, input.length);
        const result = decodeBmp(input);
        if (result.ok) {
          const again = decodeBmp(encodeBmp(result.message));
          assert.ok(again.ok);
          assert.deepEqual(again.message, result.message);
        } else {
          assert.notEqual(result.error.field, bmpBugField, result.error.what);
          assert.ok(result.error.offset <= input.length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the framer', () => {
  const stream = Buffer.concat(good.map(({ bytes }) => bytes));
  const all = good.map(({ bytes }) => toHex(bytes));

  test('hands out the same messages wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const framer = new BmpFramer();
        const seen: string[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] as number;
          assert.equal(
            framer.push(stream.subarray(at, at + size), (raw) => seen.push(toHex(raw)) > 0),
            undefined,
          );
          at += size;
        }
        assert.deepEqual(seen, all);
        assert.equal(framer.pendingBytes, 0);
      }),
      { numRuns: 100 },
    );
  });

  test('ends at a header that leads nowhere, and stays ended', () => {
    const framer = new BmpFramer();
    const seen: string[] = [];
    const take = (raw: Uint8Array): boolean => seen.push(toHex(raw)) > 0;
    const first = good[0]?.bytes as Uint8Array;
    const error = framer.push(Buffer.concat([first, bytesOf('47 00000006 04')]), take);
    assert.equal(error?.field, 'version');
    assert.equal(framer.push(first, take), error);
    assert.deepEqual(seen, [toHex(first)]);
  });

  test('keeps what came, not what was claimed', () => {
    const framer = new BmpFramer();
    assert.equal(
      framer.push(bytesOf('03 00080000 00 0102'), () => true),
      undefined,
    );
    assert.equal(framer.pendingBytes, 8);
  });

  test('stops where its owner stops', () => {
    const framer = new BmpFramer();
    let taken = 0;
    framer.push(stream, () => ++taken < 2);
    framer.push(stream, () => ++taken > 0);
    assert.equal(taken, 2);
  });
});

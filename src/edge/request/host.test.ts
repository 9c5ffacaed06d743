import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalHost } from './host.ts';

const utf8 = (text: string) => Buffer.from(text).toString('latin1');

describe('canonicalHost', () => {
  const good: [string, string][] = [
    ['docs.example.com', 'docs.example.com'],
    ['Docs.Example.COM', 'docs.example.com'],
    ['docs.example.com.', 'docs.example.com'],
    ['docs.example.com:8080', 'docs.example.com'],
    ['docs.example.com.:80', 'docs.example.com'],
    ['docs.example.com:', 'docs.example.com'],
    [utf8('bücher.example'), 'xn--bcher-kva.example'],
    [utf8('BÜCHER.example:81'), 'xn--bcher-kva.example'],
    [utf8('例え。テスト'), 'xn--r8jz45g.xn--zckzah'],
    ['a_b.example.com', 'a_b.example.com'],
    ['localhost', 'localhost'],
    ['192.0.2.1:80', '192.0.2.1'],
    ['[2001:DB8:0::1]:80', '[2001:db8::1]'],
    ['[::1]', '[::1]'],
  ];
  for (const [text, expected] of good) {
    it(`${JSON.stringify(text)} is ${expected}`, () => assert.equal(canonicalHost(text), expected));
  }

  const bad = [
    '',
    '.',
    '..',
    'a..b',
    '-a.example',
    'a-.example',
    'a b.example',
    'a/b',
    'a@b',
    'a.example:http',
    'a.example:70000',
    'a.example:80:80',
    '*.example.com',
    '[::1',
    '[::g]',
    '[::1]x',
    'a.example..',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}aa`,
    'exa%6dple.com',
    'a\x00.example',
    '<script>.example',
  ];
  for (const text of bad) {
    it(`${JSON.stringify(text).slice(0, 40)} is none`, () => assert.equal(canonicalHost(text), undefined));
  }

  it('leaves its own results as they are, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.domain(), fc.string({ unit: 'binary' })), (text) => {
        const host = canonicalHost(text);
        if (host !== undefined) assert.equal(canonicalHost(host), host);
      }),
    );
  });
});

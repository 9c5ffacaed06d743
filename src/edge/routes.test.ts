import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildRoutes } from './routes.ts';

describe('routes', () => {
  const routes = buildRoutes<string>();
  routes.add('example.com', 'apex');
  routes.add('*.example.com', 'any');
  routes.add('docs.example.com', 'docs');
  routes.add('*.a.example.com', 'deep');

  const cases: [string, string | undefined][] = [
    ['example.com', 'apex'],
    ['docs.example.com', 'docs'],
    ['www.example.com', 'any'],
    ['x.a.example.com', 'deep'],
    // One label, as in a certificate.
    ['x.docs.example.com', undefined],
    ['com', undefined],
    ['example.org', undefined],
    ['*.example.com', 'any'],
    ['', undefined],
  ];
  for (const [host, expected] of cases) {
    it(`${host || '(empty)'} leads to ${expected ?? 'nothing'}`, () => assert.equal(routes.find(host), expected));
  }

  it('takes no wildcard for an exact host, so that a host need not be canonical', () => {
    assert.equal(routes.findExact('www.example.com'), undefined);
    assert.equal(routes.findExact('docs.example.com'), 'docs');
  });

  it('finds among a million domains', () => {
    const many = buildRoutes<number>();
    for (let i = 0; i < 1_000_000; i++) many.add(`customer-${i}.example.net`, i);
    assert.equal(many.size, 1_000_000);
    assert.equal(many.find('customer-987654.example.net'), 987_654);
    assert.equal(many.find('customer-1000000.example.net'), undefined);
  });
});

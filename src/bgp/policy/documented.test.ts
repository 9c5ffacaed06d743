/** What docs/bgp.md says of policy is so: its example compiles, and it names every condition and action. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { makeRoute } from '../../testing/bgp-routes.ts';
import { compileMatch } from './conditions.ts';
import { evaluate } from './evaluate.ts';
import type { Policy } from './types.ts';

const text = readFileSync('docs/bgp.md', 'utf8');
const chapter = text.slice(text.indexOf('\n## Policy'), text.indexOf('\n## Options of a peering'));

test("the documentation's example is a policy", () => {
  const [, json] = /```json\n([\s\S]*?)```/.exec(chapter) ?? [];
  const policy = JSON.parse(json ?? '') as Policy;
  const term = (facts: Parameters<typeof makeRoute>[0]) => evaluate(policy, makeRoute(facts), { localAsn: 64500 }).term;
  assert.equal(term({ prefix: '10.1.0.0/16' }), 'bogons');
  assert.equal(term({ role: 'customer', attributes: { communities: [64500 * 0x10000 + 100] } }), 'customers');
  assert.equal(term({}), undefined);
});

test('the documentation names every condition and every action', () => {
  const types = readFileSync(new URL('./types.ts', import.meta.url), 'utf8');
  const [, match = ''] = /export interface Match \{([\s\S]*?)\n\}/.exec(types) ?? [];
  const conditions = [...match.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name as string);
  const actions = [...types.matchAll(/readonly type: '([a-z-]+)'/g)].map(([, name]) => name as string);
  assert.ok(conditions.length > 15 && actions.length > 10, 'the types were read');
  assert.deepEqual(
    [...conditions, ...actions].filter((name) => !chapter.includes(`\`${name}\``)),
    [],
  );
  // The message of an unknown condition lists them all, too.
  assert.throws(
    () => compileMatch({ wrong: 1 } as object, ''),
    (error: Error) => error.message.includes('wrong'),
  );
});

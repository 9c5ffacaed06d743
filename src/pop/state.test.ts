import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../base/log.ts';
import { ProblemError } from '../base/problem.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { openStateFile } from './state.ts';
import { lockState } from './state-lock.ts';

const content = {
  epoch: 'e1',
  through: 4,
  records: [{ kind: 'domain' as const, sequence: 4, name: 'a.test', value: { service: 'docs' } }],
};

function open(directory: string, clock = new ManualClock(), pop = 'fra') {
  return { clock, file: openStateFile({ directory, pop, clock, logger: silentLogger }) };
}

test('state: what was saved is there after a restart, and several changes make one write', (context) => {
  const directory = temporaryDirectory(context);
  const { clock, file } = open(directory);
  assert.equal(file.load(), undefined);
  let asked = 0;
  const ask = () => {
    asked++;
    return content;
  };
  for (let n = 0; n < 5; n++) file.changed(ask);
  clock.advance(1_000);
  assert.equal(asked, 1);
  assert.deepEqual(open(directory).file.load(), content);
});

for (const [what, text] of [
  ['half a file', '{"version":1,"pop":"fra","epo'],
  ['an empty file', ''],
  ['another version', '{"version":2}'],
  ['a record that is none', '{"version":1,"pop":"fra","epoch":"e1","through":1,"records":[{"kind":"domain"}]}'],
  ['the state of another PoP', JSON.stringify({ version: 1, pop: 'sin', ...content })],
] as const) {
  test(`state: ${what} is set aside, not deleted, and the agent starts from nothing`, (context) => {
    const directory = temporaryDirectory(context);
    writeFileSync(join(directory, 'state.json'), text);
    const { file } = open(directory);
    assert.equal(file.load(), undefined);
    const [aside] = readdirSync(directory);
    assert.match(aside ?? '', /^state\.json\.corrupt-/);
    assert.equal(readFileSync(join(directory, aside as string), 'utf8'), text);
    assert.equal(file.problems()[0]?.code, 'agent.state-corrupt');
  });
}

test('state: where it cannot be written the agent goes on, says so, and writes when it can again', (context) => {
  const directory = temporaryDirectory(context);
  const { clock, file } = open(directory);
  // A directory in the place of the file: refused like a full disk, for root too.
  mkdirSync(join(directory, 'state.json', 'x'), { recursive: true });
  file.changed(() => content);
  clock.advance(1_000);
  assert.equal(file.problems()[0]?.code, 'agent.state-not-saved');
  rmSync(join(directory, 'state.json'), { recursive: true });
  clock.advance(60_000);
  assert.deepEqual(file.problems(), []);
  assert.deepEqual(open(directory).file.load(), content);
});

test('state: a second agent on the same directory is refused, and let in when the first is gone', (context) => {
  const directory = temporaryDirectory(context);
  const lock = lockState(directory);
  assert.throws(
    () => lockState(directory),
    (error) =>
      error instanceof ProblemError &&
      error.problems[0]?.code === 'agent.state-in-use' &&
      error.message.includes(String(process.pid)),
  );
  lock.release();
  lockState(directory).release();
});

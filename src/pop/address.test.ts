import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '../base/log.ts';
import { ProblemError } from '../base/problem.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { waitFor } from '../testing/wait.ts';
import { bindAddressesTo, type IpCommand } from './address.ts';
import { keepAddresses } from './address-keeper.ts';

/** An interface as a set, behind the two commands that are used. */
function fakeInterface(...present: string[]) {
  const addresses = new Set(present);
  const calls: string[] = [];
  let broken = false;
  const ip: IpCommand = async (args) => {
    calls.push(args.join(' '));
    if (broken) throw Object.assign(new Error('failed'), { stderr: 'RTNETLINK answers: Operation not permitted\n' });
    const [, verb] = args[0] === '-json' ? args.slice(1) : args;
    const text = (args[2] ?? '').replace(/\/\d+$/, '');
    if (verb === 'replace') addresses.add(text);
    if (verb === 'del') addresses.delete(text);
    return JSON.stringify([{ ifname: 'lo', addr_info: [...addresses].map((local) => ({ local })) }]);
  };
  return { ip, addresses, calls, breakIt: (now: boolean) => (broken = now) };
}

function bindTo(context: TestContext, ip: IpCommand, stateDirectory = temporaryDirectory(context)) {
  return { stateDirectory, binder: bindAddressesTo({ interface: 'lo', stateDirectory, logger: silentLogger, ip }) };
}

test('addresses: bound as host prefixes, IPv6 without duplicate detection, and removed again', async (context) => {
  const lo = fakeInterface();
  const { binder } = bindTo(context, lo.ip);
  await binder.bind('192.0.2.1');
  await binder.bind('2001:db8::1');
  assert.deepEqual(
    lo.calls.filter((call) => call.includes('replace')),
    ['address replace 192.0.2.1/32 dev lo', 'address replace 2001:db8::1/128 dev lo nodad'],
  );
  await binder.unbind('192.0.2.1');
  assert.deepEqual([...lo.addresses], ['2001:db8::1']);
});

test('addresses: one that somebody else put there is never removed', async (context) => {
  const lo = fakeInterface('192.0.2.1');
  const { binder } = bindTo(context, lo.ip);
  await binder.bind('192.0.2.1');
  await binder.unbind('192.0.2.1');
  assert.deepEqual([...lo.addresses], ['192.0.2.1']);
});

test('addresses: one that a crashed agent left is known as ours and removed', async (context) => {
  const lo = fakeInterface();
  const { binder, stateDirectory } = bindTo(context, lo.ip);
  await binder.bind('192.0.2.1');
  const after = bindTo(context, lo.ip, stateDirectory).binder;
  assert.deepEqual(after.bound(), ['192.0.2.1']);
  await after.bind('192.0.2.1');
  await after.unbind('192.0.2.1');
  assert.deepEqual([...lo.addresses], []);
});

test('addresses: a refusal is a problem with the reason and the capability, and is tried again', async (context) => {
  const lo = fakeInterface();
  lo.breakIt(true);
  const { binder } = bindTo(context, lo.ip);
  await assert.rejects(binder.bind('192.0.2.1'), (error) => {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.problems[0]?.code, 'agent.address-not-bound');
    assert.match(error.message, /Operation not permitted/);
    return true;
  });
  const clock = new ManualClock();
  const keeper = keepAddresses({ binder, clock, logger: silentLogger, onChange: () => {} });
  keeper.want(['192.0.2.1']);
  await waitFor('the first try', () => keeper.settled());
  assert.deepEqual([keeper.isBound('192.0.2.1'), keeper.problems().length], [false, 1]);
  lo.breakIt(false);
  clock.advance(5_000);
  await waitFor('the second try', () => keeper.isBound('192.0.2.1'));
  assert.deepEqual(keeper.problems(), []);
  keeper.want([]);
  assert.deepEqual([...lo.addresses], ['192.0.2.1'], 'not before its route is gone');
  await keeper.release();
  assert.deepEqual([...lo.addresses], []);
});

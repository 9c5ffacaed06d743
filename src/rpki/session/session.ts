/**
 * Our side of a session with a cache (RFC 8210 §8, RFC 6810 §6, draft-ietf-sidrops-8210bis §8), as a pure function.
 *
 * A session connects, asks for all or for what is new, takes the answer, and then waits to be told of news or for the refresh
 * interval. Events that belong to a connection that is gone, and timers that do not run, are late news and change nothing.
 *
 * Negotiation (§7): a new session asks in version 2. A cache that cannot says so in an Error Report, in its own version, and is
 * asked again in that one on a new connection; or it answers at once in a lower one. Never upwards within a connection.
 *
 * Deliberate deviations:
 * - After a session ID that does not fit (§5.1), the data is kept until a full answer has replaced it, or it expires: emptying it
 *   would turn every invalid route into "not found" for the time of a cache's restart.
 * - A cache that sends ASPA as older drafts of version 2 had it (StayRTR 0.5) is asked in version 1 from then on.
 * - No Data Available ends the connection, too; the retry interval is the same.
 */
import { unreachable } from '../../base/assert.ts';
import type { Random } from '../../base/random.ts';
import { errorReportFor } from '../pdu/codec.ts';
import { type RtrFault, rtrError } from '../pdu/types.ts';
import { received } from './receive.ts';
import { refusesSerialQuery, startOver } from './start-over.ts';
import { type RtrState, Work } from './state.ts';
import type { RtrEffect, RtrEvent, RtrTimer } from './types.ts';

/** What becomes of a session by an event, and what its owner has to do now, in this order. Same input, same answer. */
export function stepRtr(
  state: RtrState,
  event: RtrEvent,
  random: Random,
): { readonly state: RtrState; readonly effects: readonly RtrEffect[] } {
  const work = new Work(state, random);
  apply(work, event);
  return { state: work.next, effects: work.effects };
}

function apply(work: Work, event: RtrEvent): void {
  switch (event.type) {
    case 'start':
      if (work.next.phase === 'stopped') work.connect();
      return;
    case 'stop':
      stop(work);
      return;
    case 'connected':
      connected(work);
      return;
    case 'connect-failed':
      if (work.next.phase === 'connecting') work.fail({ kind: 'connect-failed', what: event.why }, { byUs: false });
      return;
    case 'closed':
      closed(work, event.why);
      return;
    case 'pdu':
      if (hasConnection(work)) received(work, event.version, event.pdu);
      return;
    case 'fault':
      if (hasConnection(work)) fault(work, event.fault);
      return;
    case 'timer':
      if (work.next.timers.includes(event.timer)) timer(work, event.timer);
      return;
    default:
      unreachable(event);
  }
}

function hasConnection({ next: { phase } }: Work): boolean {
  return phase === 'querying' || phase === 'loading' || phase === 'ready';
}

/** The data held stays with its owner; a later start begins anew. */
function stop(work: Work): void {
  const { next } = work;
  if (next.phase === 'stopped') return;
  work.disconnect(hasConnection(work) || next.phase === 'connecting');
  for (const each of next.timers) work.clearTimer(each);
  next.phase = 'stopped';
  next.source = undefined;
  next.ceiling = next.config.highestVersion;
  next.failures = 0;
}

function connected(work: Work): void {
  const { phase } = work.next;
  switch (phase) {
    case 'connecting':
      work.ask();
      return;
    case 'stopped':
    case 'waiting':
      work.effects.push({ type: 'close' }); // nobody asked for it, or no longer
      return;
    case 'querying':
    case 'loading':
    case 'ready':
      return;
    default:
      unreachable(phase);
  }
}

function closed(work: Work, why: string): void {
  if (work.next.phase === 'connecting') work.fail({ kind: 'connect-failed', what: why }, { byUs: false });
  else if (refusesSerialQuery(work)) startOver(work, { byUs: false });
  else if (hasConnection(work)) work.fail({ kind: 'closed', what: why }, { byUs: false });
}

function fault(work: Work, fault: RtrFault): void {
  const { next } = work;
  next.source = undefined; // what did not fit may fit no better the next time: start from nothing
  if (fault.code === rtrError.aspaProviderList && next.ceiling === 2) {
    next.ceiling = 1; // an older draft's ASPA; version 1 has none
    work.send(errorReportFor(fault));
    startOver(work, { byUs: true });
    return;
  }
  work.refuse(fault);
}

function timer(work: Work, timer: RtrTimer): void {
  const { next } = work;
  next.timers = next.timers.filter((other) => other !== timer);
  switch (timer) {
    case 'retry':
      work.connect();
      return;
    case 'refresh':
      work.ask();
      return;
    case 'response':
      if (next.progress && next.phase === 'loading') {
        next.progress = false;
        work.setTimer('response', next.config.responseSeconds * 1000);
        return;
      }
      work.fail(
        { kind: 'no-answer', what: `the cache has sent nothing for ${next.config.responseSeconds} s` },
        { byUs: true },
      );
      return;
    case 'expire':
      expired(work);
      return;
    default:
      unreachable(timer);
  }
}

/** §6: data that could not be refreshed for the expire interval must not be used. */
function expired(work: Work): void {
  const { next } = work;
  const building = (next.phase === 'querying' || next.phase === 'loading') && next.query === 'serial';
  next.source = undefined;
  next.ceiling = next.config.highestVersion;
  work.effects.push({ type: 'expire' });
  // What comes in would be added to what is gone.
  if (building) startOver(work, { byUs: true });
  else if (next.phase === 'ready') work.ask();
}

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
import { encodePdu, errorReportFor } from '../pdu/codec.ts';
import { rtrFault } from '../pdu/header.ts';
import { type Pdu, type RtrFault, type RtrVersion, rtrError, rtrErrorName } from '../pdu/types.ts';
import { boundedIntervals } from './intervals.ts';
import { serialAfter } from './serial.ts';
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

/**
 * A cache that was started anew should answer a Serial Query of its past with Cache Reset. Some report Corrupt Data (§5.1), and
 * some just hang up (StayRTR does either): ask for everything then, at once, since what is held may be old.
 */
function refusesSerialQuery({ next: { phase, query } }: Work): boolean {
  return phase === 'querying' && query === 'serial';
}

/** Another try at once, on a new connection, and for everything: only what we asked for was wrong. */
function startOver(work: Work, { byUs }: { readonly byUs: boolean }): void {
  work.next.source = undefined;
  work.disconnect(byUs);
  work.connect();
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

function received(work: Work, version: RtrVersion, pdu: Pdu): void {
  const { next } = work;
  if (pdu.type === 'error-report') {
    errorReport(work, version, pdu);
    return;
  }
  if (!next.agreed && pdu.type === 'serial-notify') return; // §7: ignored until a version is agreed
  if (version !== next.version) {
    if (next.agreed || version > next.version) {
      unexpectedVersion(work, version, pdu);
      return;
    }
    // §7: the cache answers in a lower version. A full answer is as good; one to a Serial Query belongs to another session.
    next.ceiling = version;
    if (next.query === 'serial') {
      startOver(work, { byUs: true });
      return;
    }
    next.version = version;
  }
  next.agreed = true;
  switch (next.phase) {
    case 'querying':
      inQuerying(work, pdu);
      return;
    case 'loading':
      inLoading(work, pdu);
      return;
    case 'ready':
      inReady(work, pdu);
      return;
    case 'stopped':
    case 'connecting':
    case 'waiting':
      return; // no connection: `apply` has stopped these
    default:
      unreachable(next.phase);
  }
}

type Answer = Exclude<Pdu, { type: 'error-report' }>;

function inQuerying(work: Work, pdu: Answer): void {
  const { next } = work;
  switch (pdu.type) {
    case 'cache-response': // §8.1, §8.2
      if (next.query === 'serial' && pdu.sessionId !== next.source?.sessionId) {
        sessionMismatch(work, pdu, next.source?.sessionId);
        return;
      }
      next.phase = 'loading';
      next.answering = pdu.sessionId;
      next.progress = false;
      work.effects.push({ type: 'begin', from: next.query === 'serial' ? 'data' : 'nothing' });
      work.setTimer('response', next.config.responseSeconds * 1000);
      return;
    case 'cache-reset': // §8.3; to a Reset Query it is no answer
      if (next.query === 'reset') {
        misplaced(work, pdu);
        return;
      }
      next.source = undefined;
      work.ask();
      return;
    case 'serial-notify':
      next.notified = pdu.serial;
      return;
    case 'prefix':
    case 'aspa':
    case 'router-key':
    case 'end-of-data':
    case 'serial-query':
    case 'reset-query':
      misplaced(work, pdu);
      return;
    default:
      unreachable(pdu);
  }
}

function inLoading(work: Work, pdu: Answer): void {
  const { next } = work;
  switch (pdu.type) {
    case 'prefix':
    case 'aspa':
    case 'router-key':
      next.progress = true;
      work.effects.push({ type: 'stage', version: next.version, pdu });
      return;
    case 'end-of-data':
      endOfData(work, pdu);
      return;
    case 'serial-notify':
      next.notified = pdu.serial;
      return;
    case 'cache-response':
    case 'cache-reset':
    case 'serial-query':
    case 'reset-query':
      misplaced(work, pdu);
      return;
    default:
      unreachable(pdu);
  }
}

function inReady(work: Work, pdu: Answer): void {
  const { next } = work;
  switch (pdu.type) {
    case 'serial-notify': // §8.2
      if (pdu.sessionId !== next.source?.sessionId) sessionMismatch(work, pdu, next.source?.sessionId);
      // Also one that is behind ours: the cache will say Cache Reset, or that all is well.
      else if (pdu.serial !== next.source.serial) work.ask();
      return;
    case 'cache-response':
    case 'cache-reset':
    case 'prefix':
    case 'aspa':
    case 'router-key':
    case 'end-of-data':
    case 'serial-query':
    case 'reset-query':
      misplaced(work, pdu);
      return;
    default:
      unreachable(pdu);
  }
}

function endOfData(work: Work, pdu: Extract<Pdu, { type: 'end-of-data' }>): void {
  const { next } = work;
  const { sessionId, serial } = pdu;
  if (sessionId !== next.answering) {
    sessionMismatch(work, pdu, next.answering);
    return;
  }
  const before = next.source?.serial;
  if (next.query === 'serial' && before !== undefined && serial !== before && !serialAfter(serial, before)) {
    corrupt(work, pdu, `serial ${serial} after serial ${before}`, 'RFC 8210 §5.1, RFC 1982'); // it went back
    return;
  }
  const intervals = boundedIntervals(pdu.intervals);
  const source = { version: next.version, sessionId, serial, intervals };
  next.phase = 'ready';
  next.answering = undefined;
  next.source = source;
  next.intervals = intervals;
  next.failures = 0;
  work.effects.push({ type: 'commit', source });
  work.clearTimer('response');
  work.setTimer('expire', intervals.expireSeconds * 1000);
  const { notified } = next;
  next.notified = undefined;
  if (notified !== undefined && serialAfter(notified, serial)) work.ask();
  else work.setTimer('refresh', intervals.refreshSeconds * 1000);
}

function errorReport(work: Work, version: RtrVersion, pdu: Extract<Pdu, { type: 'error-report' }>): void {
  const { next } = work;
  const text = pdu.text === '' ? '' : ` "${pdu.text}"`;
  const what = `the cache reports ${rtrErrorName(pdu.code)}${text}`;
  if (pdu.code === rtrError.unsupportedVersion && !next.agreed) {
    // §7: it names its own version; one that is not below what we asked for cannot be meant.
    const lower = version < next.version ? version : next.version - 1;
    if (isVersion(lower)) {
      next.ceiling = lower;
      startOver(work, { byUs: true });
      return;
    }
    next.ceiling = next.config.highestVersion;
    work.fail({ kind: 'version', what }, { byUs: true });
    return;
  }
  if (pdu.code === rtrError.noDataAvailable) {
    work.fail({ kind: 'no-data', what }, { byUs: true }); // §8.4
    return;
  }
  if (pdu.code === rtrError.corruptData && refusesSerialQuery(work)) {
    startOver(work, { byUs: true });
    return;
  }
  next.source = undefined; // whatever it was, do not ask the same again
  work.fail({ kind: 'error-report', what }, { byUs: true });
}

function isVersion(version: number): version is RtrVersion {
  return version >= 0;
}

function unexpectedVersion(work: Work, version: RtrVersion, pdu: Pdu): void {
  const what = `${pdu.type} in version ${version}; the session is in version ${work.next.version}`;
  refuse(work, { version, pdu }, { code: rtrError.unexpectedVersion, what, rfc: 'RFC 8210 §7' });
}

/** §5.1: the session ends with Corrupt Data, and the next one asks for everything. */
function sessionMismatch(work: Work, pdu: Extract<Pdu, { sessionId: number }>, ours: number | undefined): void {
  corrupt(work, pdu, `session ID ${pdu.sessionId} in ${pdu.type}; the session's is ${ours}`, 'RFC 8210 §5.1');
}

function misplaced(work: Work, pdu: Pdu): void {
  corrupt(work, pdu, `${pdu.type} while ${work.next.phase}`, 'RFC 8210 §8');
}

function corrupt(work: Work, pdu: Pdu, what: string, rfc: string): void {
  work.next.source = undefined;
  refuse(work, { version: work.next.version, pdu }, { code: rtrError.corruptData, what, rfc });
}

function refuse(
  work: Work,
  { version, pdu }: { readonly version: RtrVersion; readonly pdu: Pdu },
  details: { readonly code: number; readonly what: string; readonly rfc: string },
): void {
  work.refuse(rtrFault(encodePdu(version, pdu), { ...details, offset: 0, field: pdu.type }));
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

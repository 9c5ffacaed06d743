/**
 * What a PDU means in each state: the part of the session's state machine that reads what a cache says.
 *
 * A PDU that has no place where it comes is Corrupt Data and ends the session (RFC 8210 §12); none is passed over.
 */
import { unreachable } from '../../base/assert.ts';
import { encodePdu } from '../pdu/codec.ts';
import { rtrFault } from '../pdu/header.ts';
import { type Pdu, type RtrVersion, rtrError, rtrErrorName } from '../pdu/types.ts';
import { boundedIntervals } from './intervals.ts';
import { serialAfter } from './serial.ts';
import { refusesSerialQuery, startOver } from './start-over.ts';
import type { Work } from './state.ts';

export function received(work: Work, version: RtrVersion, pdu: Pdu): void {
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

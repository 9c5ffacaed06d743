/** What a BFD session's settings must be, as Problems with their ways out: found before a socket is opened. */
import type { Problem } from '../base/problem.ts';
import { type Address, parseAddress } from '../ip/address.ts';
import { digestBytes, maximumPasswordBytes } from './packet/authentication-section.ts';
import type { AuthenticationConfig, BfdSessionConfig, BfdTimers } from './types.ts';

/** What this machinery keeps: a JavaScript timer's millisecond is a tenth of it. */
const shortestIntervalMs = 10;
const longestIntervalMs = 60_000;

/** All problems of a session's settings: `bfd.address`, `.interval`, `.multiplier`, `.minimum-ttl`, `.key`. */
export function checkSession(config: BfdSessionConfig): readonly Problem[] {
  return [
    ...checkAddresses(config),
    ...checkTimers(config.id, config.timers),
    ...checkMultihop(config),
    ...(config.authentication === undefined ? [] : checkKeys(config.id, config.authentication)),
  ];
}

export function checkTimers(id: string, timers: BfdTimers): readonly Problem[] {
  const problems: Problem[] = [];
  for (const name of ['desiredMinTxMs', 'requiredMinRxMs'] as const) {
    const value = timers[name];
    if (value >= shortestIntervalMs && value <= longestIntervalMs) continue;
    problems.push(
      problem(id, 'interval', `${name} is ${value} ms`, `use ${shortestIntervalMs} to ${longestIntervalMs} ms`),
    );
  }
  const { detectMultiplier } = timers;
  if (!Number.isInteger(detectMultiplier) || detectMultiplier < 1 || detectMultiplier > 255) {
    problems.push(problem(id, 'multiplier', `the detect multiplier is ${detectMultiplier}`, 'use 3, or 1 to 255'));
  }
  return problems;
}

/** The address without its zone; `undefined` where it is none. */
export function addressOf(text: string): Address | undefined {
  return parseAddress(text.split('%')[0] as string);
}

function checkAddresses({ id, localAddress, remoteAddress }: BfdSessionConfig): readonly Problem[] {
  const local = addressOf(localAddress);
  const remote = addressOf(remoteAddress);
  if (local === undefined || remote === undefined) {
    const wrong = local === undefined ? localAddress : remoteAddress;
    return [problem(id, 'address', `${JSON.stringify(wrong)} is not an IP address`, 'write the address itself')];
  }
  if (local.family === remote.family) return [];
  const what = `${localAddress} and ${remoteAddress} are not of one address family`;
  return [problem(id, 'address', what, 'use two IPv4 or two IPv6 addresses')];
}

function checkMultihop({ id, multihop }: BfdSessionConfig): readonly Problem[] {
  if (multihop === undefined) return [];
  const { minimumTtl } = multihop;
  if (Number.isInteger(minimumTtl) && minimumTtl >= 1 && minimumTtl <= 255) return [];
  return [problem(id, 'minimum-ttl', `the lowest accepted TTL is ${minimumTtl}`, 'use 1 to 255')];
}

/** No Problem shows a secret. */
function checkKeys(id: string, { type, keys }: AuthenticationConfig): readonly Problem[] {
  const most = type === 'simple-password' ? maximumPasswordBytes : digestBytes[type];
  const problems: Problem[] = [];
  for (const key of keys) {
    const length = Buffer.byteLength(key.secret);
    if (length < 1 || length > most) {
      const what = `the secret of key ${key.id} has ${length} bytes`;
      problems.push({
        ...problem(id, 'key', what, `${type} takes 1 to ${most} bytes`),
        source: 'RFC 5880 §4.2 to §4.4',
      });
    }
    if (!Number.isInteger(key.id) || key.id < 0 || key.id > 255) {
      problems.push(problem(id, 'key', `the key id is ${key.id}`, 'use 0 to 255, the same at both ends'));
    }
  }
  if (keys.length === 0) problems.push(problem(id, 'key', 'authentication has no key', 'give one, with its id'));
  if (new Set(keys.map((key) => key.id)).size < keys.length) {
    problems.push(problem(id, 'key', 'two keys have the same id', 'give each key an id of its own'));
  }
  return problems;
}

export function problem(id: string, code: string, what: string, fix: string): Problem {
  return { code: `bfd.${code}`, severity: 'error', what, where: `BFD session ${id}`, fix };
}

/**
 * Reads validated payloads from JSON as Routinator, rpki-client and StayRTR write it.
 *
 * Shape: { metadata?: { buildtime? }, roas: [{ prefix, maxLength?, asn, expires? }], aspas?: [{ customer_asid | customer, providers }] };
 * an ASN is 64500, "64500" or "AS64500". Whatever else stands there is left. A file with wrong entries is refused whole: a
 * set with holes would call valid routes invalid. Entries whose `expires` has passed are left out, with a warning.
 */
import type { Checked, Problem } from '../../base/problem.ts';
import { maximumAsn, parseAsn } from '../../ip/asn.ts';
import { addressBits, parsePrefix } from '../../ip/prefix.ts';
import type { Vrp } from '../pdu/types.ts';
import { AspaSetBuilder } from './aspa-set.ts';
import type { RpkiData } from './rpki-data.ts';
import { VrpSetBuilder } from './vrp-set.ts';

/** More are counted, not shown. */
const shownProblems = 10;
const staleHours = 24;

export interface VrpFileOptions {
  /** The file's name, for problems. */
  readonly where: string;
  /** Milliseconds since 1970. */
  readonly wallTime: number;
}

/** Codes: `rpki.vrps-json`, `rpki.vrps-shape`, `rpki.vrps-entry`; warnings `rpki.vrps-expired`, `rpki.vrps-stale`. */
export function parseVrpFile(text: string, { where, wallTime }: VrpFileOptions): Checked<RpkiData> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refused('rpki.vrps-json', `the file is no JSON: ${(error as Error).message}`, where);
  }
  const roas = isObject(json) ? json.roas : undefined;
  if (!isObject(json) || !Array.isArray(roas)) {
    return refused('rpki.vrps-shape', 'the file has no list "roas"', where);
  }
  const seconds = wallTime / 1000;
  const vrps = new VrpSetBuilder();
  const aspas = new AspaSetBuilder();
  const wrong: string[] = [];
  let expired = 0;
  for (const [index, entry] of (roas as readonly unknown[]).entries()) {
    const vrp = vrpOf(entry);
    if (typeof vrp === 'string') wrong.push(`roas[${index}]: ${vrp}`);
    else if (isExpired(entry, seconds)) expired++;
    else vrps.add(vrp); // trust anchors may repeat one another
  }
  const aspaEntries: readonly unknown[] = Array.isArray(json.aspas) ? json.aspas : [];
  for (const [index, entry] of aspaEntries.entries()) {
    const aspa = aspaOf(entry);
    if (typeof aspa === 'string') wrong.push(`aspas[${index}]: ${aspa}`);
    else if (isExpired(entry, seconds)) expired++;
    else aspas.set(aspa.customer, union(aspas.providersOf(aspa.customer), aspa.providers));
  }
  if (wrong.length > 0) return { ok: false, problems: entryProblems(wrong, where) };
  return { ok: true, value: { vrps, aspas }, warnings: warningsOf(json, { where, expired, seconds }) };
}

function vrpOf(entry: unknown): Vrp | string {
  if (!isObject(entry)) return 'is no object';
  const prefix = typeof entry.prefix === 'string' ? parsePrefix(entry.prefix) : 'syntax';
  if (typeof prefix === 'string') return `prefix ${JSON.stringify(entry.prefix)} is none (${prefix})`;
  const asn = asnOf(entry.asn);
  if (asn === undefined) return `asn ${JSON.stringify(entry.asn)} is none`;
  const { maxLength = prefix.length } = entry;
  const most = addressBits(prefix.family);
  if (typeof maxLength !== 'number' || !Number.isInteger(maxLength) || maxLength < prefix.length || maxLength > most) {
    return `maxLength ${JSON.stringify(maxLength)} is not ${prefix.length} to ${most}`;
  }
  return { prefix, maxLength, asn };
}

function aspaOf(entry: unknown): { customer: number; providers: readonly number[] } | string {
  if (!isObject(entry)) return 'is no object';
  const customer = asnOf(entry.customer_asid ?? entry.customer);
  if (customer === undefined) return 'has no customer ASN';
  if (!Array.isArray(entry.providers)) return 'has no list of providers';
  const providers: number[] = [];
  for (const provider of entry.providers as readonly unknown[]) {
    const asn = asnOf(provider);
    if (asn === undefined) return `provider ${JSON.stringify(provider)} is no ASN`;
    providers.push(asn);
  }
  return providers.length === 0 ? 'has no providers' : { customer, providers: union(undefined, providers) };
}

function asnOf(value: unknown): number | undefined {
  if (typeof value === 'string') return parseAsn(value);
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maximumAsn ? value : undefined;
}

function union(a: readonly number[] = [], b: readonly number[]): readonly number[] {
  const all = [...new Set([...a, ...b])].sort((x, y) => x - y);
  return all.length > 1 ? all.filter((asn) => asn !== 0) : all; // AS0 says "none", which others contradict
}

function isExpired(entry: unknown, seconds: number): boolean {
  return isObject(entry) && typeof entry.expires === 'number' && entry.expires <= seconds;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(code: string, what: string, where: string): { ok: false; problems: readonly Problem[] } {
  const fix = 'export it with `routinator vrps --format jsonext`, `rpki-client -j`, or what StayRTR reads';
  return { ok: false, problems: [{ code, severity: 'error', what, where, fix }] };
}

function entryProblems(wrong: readonly string[], where: string): readonly Problem[] {
  const problems = wrong.slice(0, shownProblems).map((what): Problem => {
    return { code: 'rpki.vrps-entry', severity: 'error', what, where };
  });
  const more = wrong.length - problems.length;
  if (more === 0) return problems;
  return [...problems, { code: 'rpki.vrps-entry', severity: 'error', what: `${more} more entries are wrong`, where }];
}

function warningsOf(
  json: Record<string, unknown>,
  { where, expired, seconds }: { readonly where: string; readonly expired: number; readonly seconds: number },
): readonly Problem[] {
  const warnings: Problem[] = [];
  const fix = 'export it anew';
  if (expired > 0) {
    const what = `${expired} ${expired === 1 ? 'entry has' : 'entries have'} expired and ${expired === 1 ? 'was' : 'were'} left out`;
    warnings.push({ code: 'rpki.vrps-expired', severity: 'warning', what, where, fix });
  }
  const built = isObject(json.metadata) ? (json.metadata.buildtime ?? json.metadata.generatedTime) : undefined;
  const time = typeof built === 'string' ? Date.parse(built) : Number.NaN;
  const hours = (seconds - time / 1000) / 3600;
  if (hours > staleHours) {
    const what = `the file was made ${Math.floor(hours)} hours ago`;
    warnings.push({ code: 'rpki.vrps-stale', severity: 'warning', what, where, fix });
  }
  return warnings;
}

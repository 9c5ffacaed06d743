/** The answer of `nearcast rpki validate`, for people and as JSON. */
import type { Problem } from '../base/problem.ts';
import { formatPrefix, type Prefix } from '../ip/prefix.ts';
import type { AspaVerdict } from '../rpki/data/aspa-verification.ts';
import type { CoveringVrp, Objection, OriginVerdict } from '../rpki/data/origin-validation.ts';
import { formatTable } from './table.ts';

export interface Answer {
  readonly prefix: Prefix;
  readonly asn: number;
  /** Where the data comes from, for people. */
  readonly source: string;
  readonly vrps: number;
  readonly aspas: number;
  readonly warnings: readonly Problem[];
  readonly verdict: OriginVerdict;
  readonly path?: AspaVerdict;
}

const objections: Readonly<Record<Objection, string>> = {
  'other-asn': 'another AS',
  'too-specific': 'the route is too specific',
  as0: 'AS0: nobody may',
};

export function answerLines({ prefix, asn, source, vrps, aspas, verdict, path }: Answer): readonly string[] {
  const lines = [`${formatPrefix(prefix)} from AS${asn}: ${verdict.state}`, `  ${verdict.reason}`];
  if (verdict.covering.length > 0) {
    const rows = formatTable<CoveringVrp>(
      [
        { title: 'ROA PREFIX', cell: (vrp) => formatPrefix(vrp.prefix) },
        { title: 'UP TO', cell: (vrp) => `/${vrp.maxLength}` },
        { title: 'ASN', cell: (vrp) => `AS${vrp.asn}` },
        { title: 'MATCHES', cell: (vrp) => vrp.objections.map((each) => objections[each]).join('; ') || 'yes' },
      ],
      verdict.covering,
    );
    lines.push('', ...rows.map((row) => `  ${row}`));
  }
  if (path !== undefined) {
    lines.push('', `path: ${path.state}`, `  ${path.reason}`);
    for (const { customer, provider, check } of path.hops) lines.push(`  AS${customer} → AS${provider}: ${check}`);
  }
  return [...lines, '', `by ${count(vrps, 'VRP')} and ${count(aspas, 'ASPA')} from ${source}`];
}

export function answerJson({ prefix, asn, source, vrps, aspas, warnings, verdict, path }: Answer): object {
  return {
    prefix: formatPrefix(prefix),
    asn,
    state: verdict.state,
    reason: verdict.reason,
    covering: verdict.covering.map((vrp) => ({
      prefix: formatPrefix(vrp.prefix),
      maxLength: vrp.maxLength,
      asn: vrp.asn,
      matches: vrp.objections.length === 0,
      objections: vrp.objections,
    })),
    ...(path === undefined ? {} : { path }),
    source: { what: source, vrps, aspas },
    problems: warnings,
  };
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

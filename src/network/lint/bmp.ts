/** BMP: stations that are each told once, and over a way on which nobody listens; tables that are each named once. */
import { isPublic } from './public-host.ts';
import type { Finding, LintContext, Rule } from './rule.ts';

function* stations({ document }: LintContext): Generator<Finding> {
  const seen = new Set<string>();
  for (const [index, { host, port }] of (document.bmp?.stations ?? []).entries()) {
    const path = ['bmp', 'stations', index];
    const place = `${host} port ${port}`;
    if (seen.has(place)) {
      yield {
        code: 'network.bmp-station-twice',
        level: 'error',
        what: `the station at ${place} is there twice`,
        fix: 'take one of them out',
        path,
      };
    }
    seen.add(place);
    if (isPublic(host)) {
      yield {
        code: 'network.bmp-plain',
        level: 'warning',
        what: `BMP is not encrypted: whoever is on the way to ${host} can read the tables of your PoPs`,
        fix: 'let the station stand in your own network, or reach it by a tunnel',
        source: 'RFC 7854 §11',
        path,
      };
    }
  }
}

function* tables({ document }: LintContext): Generator<Finding> {
  const named = document.bmp?.tables ?? [];
  for (const [index, table] of named.entries()) {
    if (named.indexOf(table) === index) continue;
    yield {
      code: 'network.bmp-table-twice',
      level: 'warning',
      what: `${table} is named twice`,
      fix: 'take one of them out',
      path: ['bmp', 'tables', index],
    };
  }
}

export const bmpRules: readonly Rule[] = [
  {
    name: 'BMP stations are told once, over a way on which nobody listens',
    codes: ['network.bmp-station-twice', 'network.bmp-plain'],
    find: stations,
  },
  { name: 'BMP tables are named once', codes: ['network.bmp-table-twice'], find: tables },
];

/**
 * Measurements of a made-up Internet: ASes of a few crowds, each with its own order of five sites, and a little noise.
 * What is predicted of it can be judged exactly, and it is small enough for every test run.
 */
import type { Random } from '../../base/random.ts';
import { type Evidence, EvidenceBuilder } from './evidence.ts';

const sites = ['ams', 'fra', 'gru', 'nrt', 'sea'] as const;
/** Orders of the crowds, the most liked first, and their sizes, added up. */
const crowds = [
  { order: ['ams', 'fra', 'sea', 'nrt', 'gru'], upTo: 0.45 },
  { order: ['gru', 'sea', 'ams', 'fra', 'nrt'], upTo: 0.75 },
  { order: ['nrt', 'sea', 'fra', 'ams', 'gru'], upTo: 1 },
] as const;

export interface MadeOptions {
  readonly ases: number;
  /** Part of outcomes that are the wrong way round. */
  readonly noise: number;
  /** Part of the ASes that each experiment measures. */
  readonly measured: number;
  /** A site that announces and is heard by nobody. */
  readonly silent?: boolean;
}

export function madeEvidence(random: Random, { ases, noise, measured, silent }: MadeOptions): Evidence {
  const builder = new EvidenceBuilder();
  const all = silent === true ? [...sites, 'zzz'] : [...sites];
  for (let asn = 1; asn <= ases; asn++) {
    const place = random.next();
    const crowd = crowds.find(({ upTo }) => place < upTo) ?? crowds[0];
    const order: readonly string[] = [...crowd.order, 'zzz'];
    for (const [i, a] of all.entries()) {
      for (const b of all.slice(i + 1)) {
        if (random.next() > measured) continue;
        const rightly = b === 'zzz' || random.next() >= noise;
        builder.add({ sites: [a, b], asn, site: order.indexOf(a) < order.indexOf(b) === rightly ? a : b });
      }
    }
  }
  return builder.build();
}

/** Which PoP of the network each measured site is: they go by the same name. */
import { fail, type Problem } from '../../base/problem.ts';
import type { Evidence } from '../calibration/evidence.ts';
import type { Deployment } from '../deployment/types.ts';

/** Sites by index of the PoP. Problems: `internet.measured-sites`, where fewer than two are PoPs. */
export function popsOfSites({ sites }: Evidence, { pops }: Deployment, file: string): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const [pop, { name }] of pops.entries()) {
    const site = sites.indexOf(name);
    if (site >= 0) found.set(pop, site);
  }
  if (found.size >= 2) return found;
  const only = [...found.keys()].map((pop) => pops[pop]?.name)[0];
  return fail({
    code: 'internet.measured-sites',
    what:
      only === undefined
        ? `no measured site (${listed(sites)}) is a PoP of the network (${listed(pops.map(({ name }) => name))})`
        : `of the measured sites (${listed(sites)}) only ${only} is a PoP of the network: who prefers it to which other PoP, nobody measured`,
    where: file,
    fix: 'name the sites of the experiments as the PoPs of the network file, and measure two of them at least, one against the other',
  });
}

/** Measured sites that are no PoPs: what they tell of an AS's likings is used, nobody lands there. */
export function foreignSites({ sites }: Evidence, { pops }: Deployment, file: string): Problem | undefined {
  const foreign = sites.filter((site) => !pops.some(({ name }) => name === site));
  if (foreign.length === 0) return undefined;
  return {
    code: 'internet.measured-sites',
    severity: 'warning',
    what: `${foreign.length} of ${sites.length} measured sites are no PoPs of the network: ${listed(foreign)}; their experiments tell what networks like, and nobody lands there`,
    where: file,
    fix: 'name them as the PoPs of the network file, where they are some of them',
  };
}

const shown = 5;

function listed(names: readonly string[]): string {
  return names.slice(0, shown).join(', ') + (names.length > shown ? ' …' : '');
}

/** The routers of Debian that everything is proven with. */
import { programPath } from '../namespaces.ts';
import { birdAbilities, birdRouter } from './bird.ts';
import { exabgpCells } from './cells/exabgp.ts';
import { exabgpAbilities, exabgpRouter } from './exabgp.ts';
import { frrAbilities, frrProgram, frrRouter } from './frr.ts';
import { gobgpAbilities, gobgpRouter } from './gobgp.ts';
import { openbgpdAbilities, openbgpdRouter } from './openbgpd.ts';
import type { RouterRow } from './suite.ts';

export const birdRow: RouterRow = {
  name: 'BIRD',
  version: '2.0.12',
  program: programPath('bird'),
  abilities: birdAbilities,
  make: birdRouter,
};
export const frrRow: RouterRow = {
  name: 'FRR',
  version: '8.4.4',
  program: programPath(frrProgram),
  abilities: frrAbilities,
  make: frrRouter,
};
export const gobgpRow: RouterRow = {
  name: 'GoBGP',
  version: '3.10.0',
  program: programPath('gobgpd'),
  abilities: gobgpAbilities,
  make: gobgpRouter,
};
export const openbgpdRow: RouterRow = {
  name: 'OpenBGPD',
  version: '7.7',
  // bgpctl is OpenBGPD's alone; other routers, too, call their daemon bgpd.
  program: programPath('bgpctl') === undefined ? undefined : programPath('/usr/sbin/bgpd'),
  abilities: openbgpdAbilities,
  make: openbgpdRouter,
};
export const exabgpRow: RouterRow = {
  name: 'ExaBGP',
  version: '4.2.21',
  program: programPath('exabgp'),
  abilities: exabgpAbilities,
  make: exabgpRouter,
  ownCells: exabgpCells,
};
export const routerRows: readonly RouterRow[] = [birdRow, frrRow, gobgpRow, openbgpdRow, exabgpRow];

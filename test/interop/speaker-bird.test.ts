/** Our speaker and a real BIRD 2. */
import { programPath } from '../../src/testing/namespaces.ts';
import { birdRouter } from '../../src/testing/routers/bird.ts';
import { routerSuite } from '../../src/testing/routers/suite.ts';

routerSuite({ name: 'BIRD 2', program: programPath('bird'), make: birdRouter });

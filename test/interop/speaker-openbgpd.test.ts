/** Our speaker and a real OpenBGPD. */
import { programPath } from '../../src/testing/namespaces.ts';
import { openbgpdRouter } from '../../src/testing/routers/openbgpd.ts';
import { routerSuite } from '../../src/testing/routers/suite.ts';

// bgpctl is OpenBGPD's alone; other routers, too, call their daemon bgpd.
const installed = programPath('bgpctl') !== undefined;
routerSuite({ name: 'OpenBGPD', program: installed ? programPath('/usr/sbin/bgpd') : undefined, make: openbgpdRouter });

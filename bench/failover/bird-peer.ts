/**
 * The peer: BIRD 2 at two PoPs and at their upstream, in network namespaces, with real kernel routes. The nearest PoP's
 * BIRD is killed, which closes its session. (There is no edge: plain BIRD has nothing that watches one.)
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, makeNamespace, type Namespace, programPath } from '../../src/testing/namespaces.ts';
import { waitFor } from '../../src/testing/wait.ts';
import type { ClientReport } from './client.ts';
import { observe } from './rounds.ts';

const server = `
require('node:http').createServer((_, response) => response.end('from ' + process.argv[1])).listen(80, '192.0.2.1');`;

function popConfig(index: number, prepend: number): string {
  const prepends = 'bgp_path.prepend(64500); '.repeat(prepend);
  return `
router id 10.0.${index}.2;
protocol device { scan time 1; }
protocol static { ipv4; route 192.0.2.0/24 blackhole; }
protocol bgp upstream {
  local 10.0.${index}.2 as 64500;
  neighbor 10.0.${index}.1 as 64496;
  hold time 9;
  ipv4 { import none; export filter { ${prepends}accept; }; };
}`;
}

function upstreamConfig(pops: number): string {
  const peers = Array.from(
    { length: pops },
    (_, index) => `
protocol bgp pop${index} {
  local 10.0.${index}.1 as 64496;
  neighbor 10.0.${index}.2 as 64500;
  hold time 9;
  ipv4 { import all; export none; };
}`,
  );
  return `
router id 10.0.0.1;
protocol device { scan time 1; }
protocol direct { ipv4; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; }
${peers.join('\n')}`;
}

export async function birdRound(clientSeconds: number): Promise<ClientReport> {
  const bird = programPath('bird') as string;
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-bench-'));
  const namespaces: Namespace[] = [];
  const make = (purpose: string): Namespace => {
    const namespace = makeNamespace(purpose);
    namespaces.push(namespace);
    return namespace;
  };
  const startBird = (namespace: Namespace, name: string, config: string) => {
    writeFileSync(join(directory, `${name}.conf`), config);
    return namespace.start(bird, ['-f', '-c', join(directory, `${name}.conf`), '-s', join(directory, `${name}.ctl`)]);
  };
  try {
    const upstream = make('up');
    const daemons = [0, 1].map((index) => {
      const pop = make(`p${index}`);
      connect(
        { namespace: upstream, device: `pop${index}`, addresses: [`10.0.${index}.1/24`] },
        { namespace: pop, device: 'up0', addresses: [`10.0.${index}.2/24`] },
      );
      pop.run('ip', 'address', 'add', '192.0.2.1/32', 'dev', 'lo');
      // Answers go back by the same cable, whatever address the client has.
      pop.run('ip', 'route', 'add', 'default', 'via', `10.0.${index}.1`);
      pop.start(process.execPath, ['-e', server, `pop${index}`]);
      return startBird(pop, `pop${index}`, popConfig(index, index)); // the second is prepended: the first is the nearest
    });
    startBird(upstream, 'up', upstreamConfig(2));
    await waitFor(
      'the route to the first PoP, and a second one',
      () => {
        const routes = upstream.run('birdc', '-s', join(directory, 'up.ctl'), 'show', 'route', '192.0.2.0/24');
        return /\[pop0[^\]]*\] \*/.test(routes) && routes.includes('pop1');
      },
      30_000,
    );
    const script = resolve('bench/failover/client.ts');
    const client = upstream.start(process.execPath, [
      script,
      'http://192.0.2.1',
      'docs.example.com',
      String(clientSeconds),
    ]);
    // `ip netns exec` replaces itself by the program, so the child's id is the daemon's.
    return await observe(client, () => daemons[0]?.kill('SIGKILL'));
  } finally {
    for (const namespace of namespaces.reverse()) namespace.remove();
    rmSync(directory, { recursive: true, force: true });
  }
}

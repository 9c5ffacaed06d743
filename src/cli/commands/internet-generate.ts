/** `nearcast internet generate`: an Internet for those who have no data, written as a topology file. */
import { type Command, InvalidArgumentError } from 'commander';
import { writeFileAtomic } from '../../base/files.ts';
import { seededRandom } from '../../base/random.ts';
import { fewestAses, generateInternet } from '../../internet/generate/generate.ts';
import { buildAsGraph } from '../../internet/topology/as-graph.ts';
import { encodeGraph } from '../../internet/topology/graph-file.ts';
import { formatAsRel } from '../../internet/topology/write-as-rel.ts';
import { parseAsns } from '../internet/topology.ts';

interface GenerateOptions {
  readonly ases: number;
  readonly seed: number;
  readonly named?: readonly number[];
  readonly output?: string;
}

export function registerGenerate(command: Command): void {
  command
    .command('generate')
    .description('Make an Internet with the real one’s degrees, for those who have no data')
    .requiredOption('--ases <number>', `how many ASes, from ${fewestAses}; the real Internet has 79,000`, parseWhole)
    .option('--seed <number>', 'the same seed gives the same Internet', parseWhole, 1)
    .option('--named <asn[,asn…]>', 'ASNs for the largest transit ASes, the largest first', parseAsns)
    .option('--output <file>', 'write there: a graph file where the name ends in .graph, else AS relationships')
    .addHelpText(
      'after',
      `
Other ASes have ASNs of the range for private use, from 4200000000. Places and distances mean nothing in it.

Examples:
  nearcast internet generate --ases 5000 --output internet.graph
  nearcast internet generate --ases 20000 --seed 7 --named 3356,174,20473 > as-rel.txt`,
    )
    .action(generate);
}

function generate({ ases, seed, named = [], output }: GenerateOptions): void {
  const links = generateInternet({ ases, named, random: seededRandom(seed) });
  const header = `nearcast internet generate --ases ${ases} --seed ${seed}`;
  if (output === undefined) {
    process.stdout.write(formatAsRel(links, header));
    return;
  }
  const content = output.endsWith('.graph') ? encodeGraph(buildAsGraph(links).graph) : formatAsRel(links, header);
  writeFileAtomic(output, content, 0o644);
  console.error(`${output}: ${ases} ASes, ${links.count} links`);
}

function parseWhole(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError(`"${text}" is no whole number.`);
  return Number(text);
}

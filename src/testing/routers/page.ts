/** Makes `docs/interop.md` from the table of features and from what each router says that it cannot: never written by hand. */
import { commonCells } from './cells/cell-suite.ts';
import { type FeatureId, features } from './features.ts';
import { routerRows } from './rows.ts';
import { provenBySuite } from './suite.ts';

/** Interop that is no session of two speakers: what, with whom, and the test that runs it. */
const elsewhere: readonly (readonly [what: string, whom: string, file: string])[] = [
  ['our route reflector and our route server between two routers', 'BIRD and FRR', 'between-routers'],
  ['options of a session on loopback; restarts with LLGR_STALE; limits', 'BIRD', 'speaker-options-bird'],
  ['the best path of random tables with eight peers', 'BIRD', 'bird-choice'],
  ['BFD at 10, 50 and 100 ms: up, silence noticed by either side, and back', 'BIRD, FRR', 'bfd'],
  ['BFD: each kind of authentication, IPv6, several hops, a cable cut', 'BIRD', 'bfd'],
  ['a BGP session that falls with BFD, strict mode', 'BIRD', 'bfd-bgp'],
  ['a PoP with a provider of the catalogue: MD5, multihop, drain, kernel routes', 'BIRD', 'bird'],
  ['`bgp decode` on what routers send', 'BIRD, FRR, GoBGP, ExaBGP', 'bgp-decode'],
  ['what our encoder writes, field by field', 'tshark', 'tshark'],
  ['MRT dumps of live sessions, printed line by line', 'BIRD, bgpdump', 'mrt-dumps'],
  ['RTR over TCP and TLS, versions 0, 1 and 2', 'StayRTR', 'stayrtr'],
  ['neighbours by range, with a key for the range', 'BIRD', 'range-bird'],
  ['BMP to a station', 'pmacct', 'bmp-pmacct'],
  ['BMP messages, field by field', 'tshark', 'bmp-tshark'],
];

/** Where both halves of the page come from; a test checks that no feature lacks a case. */
export const provenFeatures: readonly FeatureId[] = [...provenBySuite, ...(Object.keys(commonCells) as FeatureId[])];
export const elsewhereFiles: readonly string[] = elsewhere.map(([, , file]) => `test/interop/${file}.test.ts`);

export function interopPage(): string {
  const names = routerRows.map(({ name, version }) => `${name} ${version}`);
  const rows = (Object.keys(features) as FeatureId[]).map((id) => {
    const { title, source } = features[id];
    const cells = routerRows.map(({ abilities: { cannot, notes } }) => {
      if (cannot[id] !== undefined) return '–';
      return notes[id] === undefined ? 'yes' : 'yes ¹';
    });
    return `| ${title} | ${source} | ${cells.join(' | ')} |`;
  });
  const reasons = routerRows.flatMap(({ name, abilities: { cannot, notes } }) => {
    const lines = (kind: string, of: Partial<Record<FeatureId, string>>) =>
      (Object.keys(features) as FeatureId[])
        .filter((id) => of[id] !== undefined)
        .map((id) => `| ${name} | ${kind} ${features[id].title} | ${of[id]} |`);
    return [...lines('–', cannot), ...lines('¹', notes)];
  });
  return `# Proven against real routers

Made from \`src/testing/routers/features.ts\` and the routers' files beside it by \`UPDATE=1 node --test test/interop/page.test.ts\`; a test compares.
Each *yes* is a test that runs in \`npm test\` with that router of Debian 12, in network namespaces (root and \`npm run test:setup\`;
\`CI=true\` installs the routers). Plain sessions run through \`nearcast bgp speak\`, the rest through the library.

| what | source | ${names.join(' | ')} |
|---|---|${names.map(() => '---').join('|')}|
${rows.join('\n')}

Where a router cannot (–), or does it in its own way (¹):

| router | what | why |
|---|---|---|
${reasons.join('\n')}

A router that lacks a capability is asked for everything and must not offer it, so no row is left out that could be there.

Interop beyond that table:

| what | with | test |
|---|---|---|
${elsewhere.map(([what, whom, file]) => `| ${what} | ${whom} | \`test/interop/${file}.test.ts\` |`).join('\n')}
`;
}

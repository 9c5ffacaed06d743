/** Why a prefix is reached as it is, as text: what the PoP does with it, each path with its reasons, what each neighbour is told. Pure. */
import type { Explanation, ShownPath, ShownPolicy, ShownTold } from '../../feed/tables.ts';
import { printable } from '../table.ts';
import { asPath, otherAttributes } from './words.ts';

export function explanationLines(pop: string, explanation: Explanation): readonly string[] {
  const { prefix, paths, told, own, covering } = explanation;
  const lines = [`${prefix} at ${pop}: ${pathCount(paths)}`];
  if (own !== undefined)
    lines.push(
      '',
      `  ours: ${modes[own.mode]} (${own.reason.startsWith(own.phase) ? '' : `${own.phase}: `}${own.reason})`,
    );
  for (const path of paths) lines.push('', ...pathLines(path));
  if (paths.length === 0 && covering.length > 0) {
    lines.push('', `  but the tables hold ${covering.join(', ')}, in which it lies`);
  }
  if (paths.length > 0 || own !== undefined) lines.push('', '  told to', ...told.flatMap(toldLines));
  return lines.map(printable);
}

const modes = {
  announce: 'to be announced',
  depreference: 'announced as the last choice',
  withdraw: 'not announced',
} as const;

function pathCount(paths: readonly ShownPath[]): string {
  if (paths.length === 0) return 'no path is known';
  const refused = paths.filter(({ state }) => state === 'refused').length;
  const all = paths.length === 1 ? 'one path' : `${paths.length} paths`;
  return refused === 0 ? all : `${all}, ${refused === paths.length ? 'none' : paths.length - refused} usable`;
}

function pathLines(path: ShownPath): readonly string[] {
  const { attributes, origin, originReason, pathReason, policy } = path;
  const mark = { best: '>', usable: '*', refused: 'x', advertised: '<' }[path.state];
  const by =
    path.neighbor === 'local' ? 'our own' : `from ${path.neighbor}, AS${path.peerAsn} ${path.neighborAddress ?? ''}`;
  const verdict = path.state === 'best' ? 'best' : `${path.state}${path.why === undefined ? '' : `: ${path.why}`}`;
  const lines = [`  ${mark} ${by.trim()}: ${verdict}`];
  const nextHop = path.nextHop === undefined ? [] : [`next hop ${path.nextHop}`];
  const as = asPath(attributes);
  lines.push(`      ${[...(as === '' ? [] : [`path ${as}`]), ...nextHop, ...otherAttributes(attributes)].join(', ')}`);
  if (origin !== undefined) lines.push(`      RPKI: ${origin}${originReason === undefined ? '' : `: ${originReason}`}`);
  if (path.path !== undefined) {
    lines.push(`      ASPA: ${path.path}${pathReason === undefined ? '' : `: ${pathReason}`}`);
  }
  if (policy !== undefined) lines.push('      import policy', ...policyLines(policy).map((line) => `        ${line}`));
  return lines;
}

function toldLines(told: ToldOrNot): readonly string[] {
  const who = `    ${told.told ? '✓' : '✗'} ${told.neighbor}, AS${told.peerAsn} ${told.neighborAddress}`;
  if (!told.told) {
    const steps = told.policy === undefined ? [] : policyLines(told.policy);
    return [`${who}: no, ${told.why ?? 'for no reason that is known'}`, ...steps.map((line) => `        ${line}`)];
  }
  const attributes = told.attributes ?? {};
  const nextHop = told.nextHop === undefined ? [] : [`next hop ${told.nextHop}`];
  const parts = [`path ${asPath(attributes) || '(empty)'}`, ...nextHop, ...otherAttributes(attributes)];
  const term = told.policy?.term == null ? [] : [`        by the term "${told.policy.term}"`];
  return [`${who}: ${parts.join(', ')}`, ...term];
}

type ToldOrNot = ShownTold;

/** One line a term: what matched, and the first condition that kept the others from it. */
function policyLines({ verdict, term, steps }: ShownPolicy): readonly string[] {
  const lines = steps.map((step) => {
    if (step.matched) return `✓ ${step.term}${step.verdict === undefined ? '' : `: ${step.verdict}`}`;
    const { failed } = step;
    if (failed === undefined) return `✗ ${step.term}`;
    return `✗ ${step.term}: ${failed.condition} wants ${JSON.stringify(failed.wanted)}, the route has ${failed.found}`;
  });
  return term === null ? [...lines, `· no term decided: ${verdict}`] : lines;
}

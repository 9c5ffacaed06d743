/**
 * A question's answer as lines, made from the announcer's tables while somebody reads them.
 *
 * Why a generator: a full table has a million routes. `undefined` stands for work without a line, so that the reader can give
 * way to BGP and health checks in between; see `pieces.ts`.
 */
import type { Announcer } from '../../announcer/announcer.ts';
import type { AnnouncementMode } from '../../announcer/plan.ts';
import type { BgpTables, NeighborView } from '../../announcer/tables/tables.ts';
import { fail, type Problem, ProblemError } from '../../base/problem.ts';
import type { AnswerLine, Question, RoutesQuestion } from '../../feed/question.ts';
import type { Explanation } from '../../feed/tables.ts';
import { parseAddress } from '../../ip/address.ts';
import { parseAsn } from '../../ip/asn.ts';
import { formatPrefix, mustPrefix } from '../../ip/prefix.ts';

export interface AnswerSource {
  readonly pop: string;
  readonly announcer: Announcer;
  /** How the PoP's own prefixes are announced now; `undefined` for others. */
  readonly own: (prefix: string) => { mode: AnnouncementMode; phase: string; reason: string } | undefined;
}

/** Ends with a line that says so, or with a problem. Problem codes: `agent.no-tables`, `agent.unknown-neighbor`, `agent.ambiguous-neighbor`. */
export function* answerLines(source: AnswerSource, question: Question): Generator<AnswerLine | undefined> {
  try {
    const { tables } = source.announcer;
    if (tables === undefined) {
      fail({ code: 'agent.no-tables', what: `what speaks BGP at ${source.pop} cannot show its tables` });
    }
    yield* linesOf(source, tables, question);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    yield problemLine(error.problems[0] as Problem);
  }
}

export function problemLine({ code, severity, what, where, fix }: Problem): AnswerLine {
  return {
    problem: { code, severity, what, ...(where === undefined ? {} : { where }), ...(fix === undefined ? {} : { fix }) },
  };
}

function* linesOf(source: AnswerSource, tables: BgpTables, question: Question): Generator<AnswerLine | undefined> {
  const { pop } = source;
  switch (question.kind) {
    case 'neighbors': {
      const neighbors = tables.neighbors();
      for (const neighbor of neighbors) yield { neighbor };
      yield { end: { pop, count: neighbors.length, more: false } };
      return;
    }
    case 'routes':
      yield* routeLines(pop, tables, question);
      return;
    case 'explain':
      yield { explanation: explain(source, tables, question.prefix) };
      yield { end: { pop, count: 1, more: false } };
  }
}

function* routeLines(pop: string, tables: BgpTables, question: RoutesQuestion): Generator<AnswerLine | undefined> {
  const { table, family, prefix, match = 'exact', limit = Number.POSITIVE_INFINITY } = question;
  const neighbor =
    question.neighbor === undefined ? undefined : sessionNamed(question.neighbor, tables.neighbors(), pop);
  let count = 0;
  const routes = tables.routes({
    table,
    ...(neighbor === undefined ? {} : { neighbor }),
    ...(family === undefined ? {} : { family }),
    ...(prefix === undefined ? {} : { prefix: { prefix: mustPrefix(prefix), match } }),
  });
  for (const route of routes) {
    if (route !== undefined && count === limit) {
      yield { end: { pop, count, more: true } };
      return;
    }
    if (route !== undefined) count++;
    yield route && { route };
  }
  yield { end: { pop, count, more: false } };
}

/** By name, by address, or by ASN: whatever an engineer has at hand, as long as it means one session. */
function sessionNamed(text: string, neighbors: readonly NeighborView[], pop: string): string {
  const named = neighbors.find(({ name }) => name === text);
  if (named !== undefined) return named.name;
  const address = parseAddress(text);
  const asn = parseAsn(text);
  const found = neighbors.filter(
    ({ neighborAddress, peerAsn }) =>
      (address !== undefined && neighborAddress === text.toLowerCase()) || (asn !== undefined && peerAsn === asn),
  );
  if (found.length === 1) return (found[0] as NeighborView).name;
  const names = neighbors.map(({ name }) => name);
  if (found.length > 1) {
    return fail({
      code: 'agent.ambiguous-neighbor',
      what: `${found.length} sessions of ${pop} are with ${text}`,
      fix: `name one of them: ${found.map(({ name }) => name).join(', ')}`,
    });
  }
  return fail({
    code: 'agent.unknown-neighbor',
    what: `${pop} has no session ${JSON.stringify(text)}`,
    fix: names.length === 0 ? `${pop} has no sessions` : `${pop} has ${names.join(', ')}`,
  });
}

function explain({ own }: AnswerSource, tables: BgpTables, text: string): Explanation {
  const prefix = mustPrefix(text);
  const ours = own(formatPrefix(prefix));
  return {
    ...tables.explain(prefix),
    ...(ours === undefined ? {} : { own: ours }),
    covering: tables
      .covering(prefix)
      .map(formatPrefix)
      .filter((each) => each !== text),
  };
}

/**
 * Reads YAML into a plain value and remembers where each part stood, so that every later problem has a line and column.
 *
 * Why fractions stay text: an ASN in asdot notation, 1.10, would else arrive as 1.1, which is another AS.
 * Aliases are followed at most 1,000 times (an alias bomb is refused); `<<` merges as in YAML 1.1, since operators use it.
 */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { Problem } from '../base/problem.ts';

export type Path = readonly (string | number)[];

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface YamlText {
  readonly value: unknown;
  /** Where the value at `path` stands, or its key; of a path that does not exist, the nearest part that does. */
  readonly locate: (path: Path, at?: 'key' | 'value') => Place;
}

export interface YamlProblem extends Problem {
  readonly place: Place;
}

export interface YamlResult {
  /** Absent where the text is too broken to say what it means. */
  readonly yaml?: YamlText;
  readonly problems: readonly YamlProblem[];
}

export function readYaml(text: string): YamlResult {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      merge: true,
      customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:float'),
    });
    const problems = [...document.errors, ...document.warnings].map((error) => yamlProblem(error, lines, text));
    // A key given twice leaves the rest of the file readable; anything else may have shifted all that follows.
    if (document.errors.some((error) => error.code !== 'DUPLICATE_KEY')) return { problems };
    const value: unknown = document.toJS({ maxAliasCount: 1_000 });
    return { yaml: { value, locate: locator(document, lines) }, problems };
  } catch (error) {
    // yaml throws a RangeError where nesting overflows its stack and a ReferenceError for aliases it will not follow.
    const deep = error instanceof RangeError;
    if (!deep && !(error instanceof ReferenceError)) throw error;
    const what = deep
      ? 'the file is nested too deeply to read'
      : `the aliases of the file cannot be followed: ${(error as Error).message}`;
    const fix = deep ? 'write it flatter' : 'write the parts out instead of using aliases';
    const place = { line: 1, column: 1 };
    return { problems: [{ code: 'network.yaml-too-complex', severity: 'error', what, fix, place }] };
  }
}

function yamlProblem(error: YAMLError, lines: LineCounter, text: string): YamlProblem {
  const start = lines.linePos(error.pos[0]);
  const place = { line: Math.max(1, start.line), column: Math.max(1, start.col) };
  const duplicate = error.code === 'DUPLICATE_KEY';
  return {
    code: duplicate ? 'network.duplicate-key' : 'network.yaml-syntax',
    severity: error.name === 'YAMLWarning' ? 'warning' : 'error',
    what: duplicate
      ? `the key ${keyAt(text, error.pos[0])} stands twice in one map`
      : `not valid YAML: ${error.message}`,
    ...fixOf(error),
    source: 'YAML 1.2',
    place,
  };
}

function keyAt(text: string, offset: number): string {
  return /^(?:"[^"\n]*"|'[^'\n]*'|[^\s:]+)/.exec(text.slice(offset, offset + 80))?.[0] ?? '';
}

function fixOf(error: YAMLError): { fix?: string } {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return { fix: 'keep one of the two' };
    case 'TAB_AS_INDENT':
      return { fix: 'indent with spaces' };
    case 'MULTIPLE_DOCS':
      return { fix: 'one file holds one network: take out the --- lines' };
    case 'BAD_INDENT':
      return { fix: 'align it with the lines it belongs to' };
    case 'MISSING_CHAR':
      return { fix: 'close what was opened, or put the text into quotes' };
    case 'MULTILINE_IMPLICIT_KEY':
      return { fix: 'a key needs a colon and a space behind it' };
    default:
      return {};
  }
}

function locator(document: Document, lines: LineCounter): YamlText['locate'] {
  const indexes = new WeakMap<YAMLMap, Map<string, Pair>>();

  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);

  function pairOf(map: YAMLMap, key: string, depth = 0): Pair | undefined {
    let index = indexes.get(map);
    if (index === undefined) {
      index = new Map(map.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : String(pair.key), pair]));
      indexes.set(map, index);
    }
    const own = index.get(key);
    const merged = own === undefined && depth < 8 ? resolved(index.get('<<')?.value) : undefined;
    for (const source of isSeq(merged) ? merged.items.map(resolved) : [merged]) {
      if (!isMap(source)) continue;
      const pair = pairOf(source, key, depth + 1);
      if (pair !== undefined) return pair;
    }
    return own;
  }

  return (path, at = 'value') => {
    let node: unknown = document.contents;
    let offset = startOf(node) ?? 0;
    for (const [index, step] of path.entries()) {
      const container = resolved(node);
      const last = index === path.length - 1;
      let next: unknown;
      if (isMap(container)) {
        const pair = pairOf(container, String(step));
        if (!isPair(pair)) break;
        next = pair.value;
        const wanted = last && at === 'key' ? pair.key : (startOf(resolved(next)) ?? pair.key);
        offset = (typeof wanted === 'number' ? wanted : startOf(wanted)) ?? offset;
      } else if (isSeq(container)) {
        next = container.items[Number(step)];
        if (next === undefined) break;
        offset = startOf(resolved(next)) ?? offset;
      } else {
        break;
      }
      // A map in a block begins at its first key; for a missing part of it, its own name is the better place.
      node = next;
    }
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}

/** `pops.fra.sessions[0].holdTimeSeconds`, `domains["docs.example.com"]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z0-9_-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step.length > 80 ? `${step.slice(0, 80)}…` : step)}]`;
  }
  return text;
}

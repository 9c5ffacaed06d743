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
  visit,
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

/** One slip can make the parser stumble over all that follows; the first few say what it was. */
const mostSyntaxProblems = 20;

export function readYaml(text: string): YamlResult {
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      merge: true,
      // Its own check compares each key with all before it: 20,000 domains would take 15 s.
      uniqueKeys: false,
      logLevel: 'error',
      customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:float'),
    });
  } catch (error) {
    // The parser recurses, so that nesting can overflow its stack; anything else that it throws is a bug.
    if (!(error instanceof RangeError)) throw error;
    return { problems: [tooComplex('the file is nested too deeply to read', 'write it flatter')] };
  }
  const problems = [...document.errors, ...document.warnings]
    .slice(0, mostSyntaxProblems)
    .map((error) => yamlProblem(error, lines));
  if (document.errors.length > 0) return { problems };
  try {
    const value: unknown = document.toJS({ maxAliasCount: 1_000 });
    problems.push(...duplicateKeys(document, lines));
    return { yaml: { value, locate: locator(document, lines) }, problems };
  } catch (error) {
    // What parses may still have aliases that go in circles or too far, and merges of what is no map.
    const what = `the aliases and merges of the file cannot be followed: ${(error as Error).message}`;
    return { problems: [...problems, tooComplex(what, 'write the parts out instead of using anchors')] };
  }
}

function tooComplex(what: string, fix: string): YamlProblem {
  return { code: 'network.yaml-too-complex', severity: 'error', what, fix, place: { line: 1, column: 1 } };
}

function yamlProblem(error: YAMLError, lines: LineCounter): YamlProblem {
  return {
    code: 'network.yaml-syntax',
    severity: error.name === 'YAMLWarning' ? 'warning' : 'error',
    what: `not valid YAML: ${error.message}`,
    ...fixOf(error),
    source: 'YAML 1.2',
    place: placeAt(lines, error.pos[0]),
  };
}

/** YAML 1.2 §3.2.1.3: the keys of a map are unique. */
function duplicateKeys(document: Document, lines: LineCounter): YamlProblem[] {
  const problems: YamlProblem[] = [];
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = keyName(key);
        if (seen.has(name)) {
          problems.push({
            code: 'network.duplicate-key',
            severity: 'error',
            what: `the key ${name.slice(0, 80)} stands twice in one map`,
            fix: 'keep one of the two',
            source: 'YAML 1.2 §3.2.1.3',
            place: placeAt(lines, startOf(key) ?? 0),
          });
        }
        seen.add(name);
      }
    },
  });
  return problems;
}

/** The merge key is a symbol in the library's eyes. */
function keyName(key: unknown): string {
  if (!isScalar(key)) return String(key);
  return typeof key.value === 'symbol' ? '<<' : String(key.value);
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function fixOf(error: YAMLError): { fix?: string } {
  switch (error.code) {
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
      index = new Map(map.items.map((pair) => [keyName(pair.key), pair]));
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
      node = next;
    }
    return placeAt(lines, offset);
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

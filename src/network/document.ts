/**
 * Reads a network file: text in, a valid document or all of its problems out, each with line and column.
 *
 * Why in this order: parts that the schema refuses are taken out and the rules judge the rest, so that one mistake does
 * not hide another. What a rule might wrongly miss because a neighbouring part was taken out, it can ask (`intact`).
 */
import type { Checked, Problem } from '../base/problem.ts';
import type { Finding, LintContext, SiteFiles } from './lint/rule.ts';
import { lint } from './lint/table.ts';
import { prune } from './prune.ts';
import { faultsOf, type SchemaFault } from './schema/issues.ts';
import { type NetworkDocument, networkSchema } from './schema/network.ts';
import { formatPath, type Path, type Place, readYaml, type YamlText } from './yaml.ts';

export type { NetworkDocument } from './schema/network.ts';

export interface LoadOptions {
  /** How problems name the file, as the operator wrote it. */
  readonly file: string;
  /** What is fit for a lab only (documentation prefixes, private ASNs) is an error. */
  readonly production?: boolean;
  /** Looks at directories that the file names; without it, that is not checked. */
  readonly files?: SiteFiles;
}

/** A million domains do not belong into this file: they come through the API. */
export const maximumFileBytes = 8 * 1024 * 1024;

interface Placed {
  readonly place: Place;
  readonly problem: Problem;
}

/** Reads the text or bytes of a network file. Never throws for what they hold. Problem codes: `network.*`. */
export function loadNetwork(input: string | Uint8Array, options: LoadOptions): Checked<NetworkDocument> {
  const text = textOf(input);
  if (typeof text !== 'string') return { ok: false, problems: [{ ...text, where: options.file }] };
  const { yaml, problems } = readYaml(text);
  const placed: Placed[] = problems.map(({ place, ...problem }) => ({
    place,
    problem: at(problem, options.file, place),
  }));
  if (yaml?.value === null) return { ok: false, problems: [{ ...emptyFile, where: options.file }] };
  const document = yaml === undefined ? undefined : judge(yaml, options, placed);
  placed.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  const all = placed.map(({ problem }) => problem);
  if (document === undefined || all.some((problem) => problem.severity === 'error'))
    return { ok: false, problems: all };
  return { ok: true, value: document, warnings: all };
}

function judge(yaml: YamlText, options: LoadOptions, placed: Placed[]): NetworkDocument | undefined {
  const { faults, document, original, removed } = salvage(yaml.value);
  for (const { path, at: side, ...fault } of faults) {
    const place = yaml.locate(path, side);
    placed.push({ place, problem: at({ ...fault, severity: 'error' }, options.file, place, path) });
  }
  if (document === undefined) return undefined;
  const context: LintContext = {
    document,
    production: options.production ?? false,
    ...(options.files === undefined ? {} : { files: options.files }),
    declared: (key) => (isRecord(yaml.value) && isRecord(yaml.value[key]) ? Object.keys(yaml.value[key]) : []),
    intact: (...path) => !removed.some((gone) => startsWith(gone, path) || startsWith(path, gone)),
  };
  for (const finding of lint(context)) {
    const path = original(finding.path);
    if (removed.some((gone) => startsWith(path, gone))) continue;
    const place = yaml.locate(path, finding.at);
    placed.push({ place, problem: at(problemOf(finding, context.production), options.file, place, path) });
  }
  return faults.length === 0 ? document : undefined;
}

interface Salvaged {
  readonly faults: readonly SchemaFault[];
  /** What is left without the faulty parts; absent where nothing sensible is. */
  readonly document?: NetworkDocument;
  readonly original: (path: Path) => Path;
  /** Paths in the original value. */
  readonly removed: readonly Path[];
}

/** Validates; where that fails, removes what was wrong and tries again, a level up where the same part is still wrong. */
function salvage(value: unknown): Salvaged {
  const first = networkSchema.safeParse(value);
  if (first.success) return { faults: [], document: first.data, original: (path) => path, removed: [] };
  const faults = first.error.issues.flatMap((issue) => faultsOf(issue, networkSchema, value));
  const removed = faults.map(({ path }) => path);
  // Each round removes at least one more part, at most one level above the last; the schema is nine levels deep.
  for (let round = 0; round < 12; round++) {
    if (removed.some((path) => path.length === 0)) break;
    const pruned = prune(value, removed);
    const again = networkSchema.safeParse(withStandIns(pruned.value));
    if (again.success) {
      const document = removed.some((path) => path.length === 1 && path[0] === 'prefixes')
        ? { ...again.data, prefixes: [] }
        : again.data;
      return { faults, document, original: pruned.original, removed };
    }
    for (const issue of again.error.issues) {
      const path = pruned.original(issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step)));
      removed.push(removed.some((gone) => samePath(gone, path)) ? path.slice(0, -1) : path);
    }
  }
  return { faults, original: (path) => path, removed };
}

/** Stands in for what must be there and is not, so that the rest can be judged; findings about it are dropped. */
const standIns = {
  network: 'unnamed',
  asn: 1,
  prefixes: [{ prefix: '192.0.2.0/24', address: '192.0.2.1' }],
  pops: {},
};

function withStandIns(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const whole: Record<string, unknown> = { ...standIns, ...value };
  if (!isRecord(whole.pops)) return whole;
  const pops = Object.entries(whole.pops).map(([name, pop]) => [
    name,
    isRecord(pop) ? { location: 'Frankfurt, DE', ...pop } : pop,
  ]);
  return { ...whole, pops: Object.fromEntries(pops) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function startsWith(path: Path, start: Path): boolean {
  return start.length <= path.length && start.every((step, index) => step === path[index]);
}

function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && startsWith(a, b);
}

function problemOf(finding: Finding, production: boolean): Problem {
  const { path: _path, at: _at, level, ...rest } = finding;
  const isError = level === 'error' || (production && level !== 'warning');
  return { ...rest, severity: isError ? 'error' : 'warning' };
}

function at(problem: Problem, file: string, place: Place, path: Path = []): Problem {
  const { code, severity, what, fix, source } = problem;
  const where = `${file}:${place.line}:${place.column}${path.length === 0 ? '' : `  ${formatPath(path)}`}`;
  return {
    code,
    severity,
    what,
    where,
    ...(fix === undefined ? {} : { fix }),
    ...(source === undefined ? {} : { source }),
  };
}

const emptyFile: Problem = {
  code: 'network.empty',
  severity: 'error',
  what: 'the file is empty',
  fix: 'start from examples/quickstart/network.yaml',
};

export function fileTooLarge(bytes: number): Problem {
  return {
    code: 'network.file-too-large',
    severity: 'error',
    what: `the file has ${bytes} bytes; the most is ${maximumFileBytes}`,
    fix: 'keep the domains of customers out of this file: the API takes them one by one',
  };
}

/** The file's text, or the problem that keeps it from being one. */
function textOf(input: string | Uint8Array): string | Problem {
  const bytes = typeof input === 'string' ? Buffer.byteLength(input) : input.byteLength;
  if (bytes > maximumFileBytes) return fileTooLarge(bytes);
  const notText: Problem = {
    code: 'network.not-text',
    severity: 'error',
    what: 'the file is not UTF-8 text',
    fix: 'give the YAML file that describes the network',
  };
  let text: string;
  try {
    text = typeof input === 'string' ? input : new TextDecoder('utf-8', { fatal: true }).decode(input);
  } catch {
    return notText;
  }
  if (text.includes('\0')) return notText;
  if (text.trim() === '') return emptyFile;
  return text;
}

/**
 * Reads what `nearcast bgp speak` is told, from a YAML or JSON file and from flags, into one checked configuration.
 *
 * Flags use the file's words: `ADDRESS,asn=64501,holdTimeSeconds=9,connect=passive`; a word alone means true, `+` stands
 * between the items of a list. What flags say is added to the file's lists, and wins over its single values.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { fail, type Problem, ProblemError } from '../../base/problem.ts';
import { faultsOf } from '../../network/schema/issues.ts';
import { formatPath, readYaml, type YamlText } from '../../network/yaml.ts';
import { type AnnounceEntry, announceSchema, type SpeakConfig, speakSchema } from './schema.ts';

export interface SpeakFlags {
  readonly file?: string;
  readonly localAs?: string;
  readonly routerId?: string;
  readonly peer?: readonly string[];
  readonly announce?: readonly string[];
}

const lists = new Set(['families', 'communities', 'largeCommunities']);
const texts = new Set(['name', 'passwordEnv', 'asn']);

/** `first,key=value,flag` as a map; the first part is the value of `firstKey` unless it has a key of its own. */
export function readFlag(text: string, firstKey: string): Record<string, unknown> {
  const entries = text.split(',').map((part, index): [string, unknown] => {
    const equals = part.indexOf('=');
    if (equals < 0) return index === 0 ? [firstKey, part] : [part, true];
    return [part.slice(0, equals), flagValue(part.slice(0, equals), part.slice(equals + 1))];
  });
  return Object.fromEntries(entries);
}

function flagValue(key: string, text: string): unknown {
  if (lists.has(key)) return text === '' ? [] : text.split('+');
  if (!texts.has(key) && /^\d+(\.\d+)?$/.test(text)) return Number(text);
  return text;
}

/** Throws all problems at once: `speak.*`, those of YAML too. */
export function readSpeakConfig(flags: SpeakFlags): SpeakConfig {
  const { value, yaml } = flags.file === undefined ? { value: {}, yaml: undefined } : readFile(flags.file);
  const merged = {
    ...value,
    ...(flags.localAs === undefined ? {} : { asn: flags.localAs }),
    ...(flags.routerId === undefined ? {} : { routerId: flags.routerId }),
    peers: [...listOf(value.peers), ...(flags.peer ?? []).map((text) => readFlag(text, 'address'))],
    announce: [...listOf(value.announce), ...(flags.announce ?? []).map((text) => readFlag(text, 'prefix'))],
  };
  const place = (path: readonly (string | number)[]): string => {
    if (yaml === undefined || flags.file === undefined) return flagOf(path);
    const { line, column } = yaml.locate(path);
    return `${flags.file}:${line}:${column}  ${formatPath(path)}`;
  };
  return checked(speakSchema, merged, place);
}

/** One `--announce` or one `announce` command. Throws its problems. */
export function readAnnounce(text: string): AnnounceEntry {
  return checked(
    announceSchema,
    readFlag(text, 'prefix'),
    (path) => `announce ${text}${path.length > 0 ? `  ${formatPath(path)}` : ''}`,
  );
}

function checked<S extends z.ZodType>(
  schema: S,
  value: unknown,
  place: (path: readonly (string | number)[]) => string,
) {
  const result = z.safeParse(schema, value, { reportInput: true });
  if (result.success) return result.data;
  const problems = result.error.issues
    .flatMap((issue) => faultsOf(issue, schema, value))
    .map(({ path, at: _, code, ...fault }): Problem => {
      const where = place(path);
      return { severity: 'error', code: code.replace(/^network\./, 'speak.'), ...fault, where };
    });
  throw new ProblemError(problems);
}

function readFile(file: string): { value: Record<string, unknown>; yaml: YamlText | undefined } {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    return fail({ code: 'speak.file-unreadable', what: `the file cannot be read: ${why}`, where: file });
  }
  const { yaml, problems } = readYaml(text);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (yaml === undefined || errors.length > 0) {
    throw new ProblemError(
      errors.map(({ place, ...problem }) => ({ ...problem, where: `${file}:${place.line}:${place.column}` })),
    );
  }
  const { value } = yaml;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fail({ code: 'speak.shape', what: 'the file is no map', where: file, fix: 'begin it with asn: 64500' });
  }
  return { value: value as Record<string, unknown>, yaml };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function flagOf(path: readonly (string | number)[]): string {
  const [head, index, ...rest] = path;
  const flag = { asn: '--local-as', routerId: '--router-id', peers: '--peer', announce: '--announce' }[String(head)];
  if (flag === undefined) return formatPath(path);
  const behind = rest.length > 0 ? `  ${formatPath(rest)}` : '';
  return typeof index === 'number' ? `${flag} (number ${index + 1})${behind}` : flag;
}

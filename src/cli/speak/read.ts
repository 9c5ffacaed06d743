/**
 * Reads what `nearcast bgp speak` is told, from a YAML or JSON file and from flags, into one checked configuration.
 *
 * Flags use the file's words: `ADDRESS,asn=64501,holdTimeSeconds=9,connect=passive`; a word alone means true, `+` stands
 * between the items of a list. What flags say is added to the file's lists, and wins over its single values.
 */
import { readFileSync } from 'node:fs';
import { fail } from '../../base/problem.ts';
import { formatPath, type YamlText } from '../../network/yaml.ts';
import { checked, type Place, placeIn, yamlOf } from './checked.ts';
import { nameOf } from './peering.ts';
import { type AnnounceEntry, announceSchema, type SpeakConfig, speakSchema } from './schema.ts';

export interface SpeakFlags {
  readonly file?: string;
  readonly localAs?: string;
  readonly routerId?: string;
  readonly clusterId?: string;
  readonly passOn?: boolean;
  readonly peer?: readonly string[];
  readonly range?: readonly string[];
  readonly announce?: readonly string[];
}

const lists = new Set(['families', 'communities', 'largeCommunities', 'addPath', 'tcpAo', 'preserve']);
const texts = new Set(['name', 'passwordEnv', 'asn', 'localAs', 'importPolicy', 'exportPolicy']);

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
  if (text === 'true' || text === 'false') return text === 'true';
  if (!texts.has(key) && /^\d+(\.\d+)?$/.test(text)) return Number(text);
  return text;
}

/** Throws all problems at once: `speak.*`, those of YAML too. */
export function readSpeakConfig(flags: SpeakFlags): SpeakConfig {
  const { value, yaml } = flags.file === undefined ? { value: {}, yaml: undefined } : readFile(flags.file);
  const given: Readonly<Record<string, readonly unknown[]>> = {
    peers: (flags.peer ?? []).map((text) => readFlag(text, 'address')),
    ranges: (flags.range ?? []).map((text) => readFlag(text, 'addresses')),
    announce: (flags.announce ?? []).map((text) => readFlag(text, 'prefix')),
  };
  const lists = Object.entries(given).map(([word, added]) => [word, joined(value[word], added)]);
  const { localAs: asn, routerId, clusterId, passOn } = flags;
  const words = Object.entries({ asn, routerId, clusterId, passOn }).filter(([, said]) => said !== undefined);
  const merged = { ...value, ...Object.fromEntries([...lists, ...words]) };
  const inYaml = yaml && placeIn(flags.file ?? '', yaml);
  const place: Place = (path, at) => {
    const [word = '', index] = path;
    const inFile = Array.isArray(value[word]) ? value[word].length : 0;
    const flagged = words.some(([name]) => name === word) || (typeof index === 'number' && index >= inFile);
    return inYaml === undefined || flagged ? flagOf(path, inFile) : inYaml(path, at);
  };
  const config = checked(speakSchema, merged, place);
  checkNames(config);
  return config;
}

/** A name that is no list is left for the schema to refuse. */
function joined(inFile: unknown, added: readonly unknown[]): unknown {
  if (inFile === undefined) return added;
  return Array.isArray(inFile) ? [...inFile, ...added] : inFile;
}

/** Nobody to speak with, and two of one name, are mistakes that no single entry shows. */
function checkNames({ peers, ranges }: SpeakConfig): void {
  if (peers.length + ranges.length === 0) {
    const fix = 'add --peer 198.51.100.1,asn=64501, or peers in a file';
    fail({ code: 'speak.nobody', what: 'there is nobody to speak with', fix });
  }
  const names = [...peers, ...ranges].map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  fail({ code: 'speak.name', what: `two peers are called ${twice}`, fix: 'give one of them a name: name=…' });
}

/** One `--announce` or one `announce` command. Throws its problems. */
export function readAnnounce(text: string): AnnounceEntry {
  return checked(
    announceSchema,
    readFlag(text, 'prefix'),
    (path) => `announce ${text}${path.length > 0 ? `  ${formatPath(path)}` : ''}`,
  );
}

function readFile(file: string): { value: Record<string, unknown>; yaml: YamlText | undefined } {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    return fail({ code: 'speak.file-unreadable', what: `the file cannot be read: ${why}`, where: file });
  }
  const yaml = yamlOf(text, file);
  const { value } = yaml;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fail({ code: 'speak.shape', what: 'the file is no map', where: file, fix: 'begin it with asn: 64500' });
  }
  return { value: value as Record<string, unknown>, yaml };
}

/** `inFile`: so many of the list stand in the file, before those of the flags. */
function flagOf(path: readonly (string | number)[], inFile: number): string {
  const [head, index, ...rest] = path;
  const flag = flagNames[String(head)];
  if (flag === undefined) return formatPath(path);
  const behind = rest.length > 0 ? `  ${formatPath(rest)}` : '';
  return typeof index === 'number' ? `${flag} (number ${index - inFile + 1})${behind}` : flag;
}

const flagNames: Readonly<Record<string, string>> = {
  asn: '--local-as',
  routerId: '--router-id',
  clusterId: '--cluster-id',
  passOn: '--pass-on',
  peers: '--peer',
  ranges: '--range',
  announce: '--announce',
};

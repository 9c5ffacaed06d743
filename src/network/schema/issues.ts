/**
 * Turns zod's issues into problems in an operator's words, each with a path, a limit and a way out.
 *
 * Not here: line and column, see ../document.ts, which knows the text.
 */
import type { z } from 'zod';
import { nearestOf } from '../nearest.ts';
import { formatPath, type Path } from '../yaml.ts';
import { type Fault, faultOf, type Hint, hintOf, keysAt, schemaAt } from './hints.ts';

export interface SchemaFault extends Fault {
  readonly path: Path;
  readonly at: 'key' | 'value';
}

/** What to remove from the value so that this issue is gone: for an unknown key the key, else the value. */
export function faultsOf(issue: z.core.$ZodIssue, schema: z.core.$ZodType, root: unknown): readonly SchemaFault[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(schema, path, key, root));
  const hint = hintOf(schemaAt(schema, path));
  const name = nameOf(path);
  const inner = issue.code === 'invalid_union' ? meantAlternative(issue) : undefined;
  if (inner !== undefined) {
    return inner.flatMap((each) => faultsOf({ ...each, path: [...issue.path, ...each.path] }, schema, root));
  }
  if (issue.code === 'custom') {
    const fault = faultOf(issue.params);
    if (fault !== undefined) return [{ ...fault, path, at: 'value' }];
  }
  if (issue.code === 'invalid_key') return [invalidKey(issue, path)];
  const found = lookUp(root, path);
  if (!found.there) {
    const example = hint.example === undefined ? {} : { fix: `add it, for example ${exampleOf(path, hint)}` };
    const what = path.length === 0 ? 'the file is empty' : `${name} is missing${placeOf(path)}`;
    if (issue.code === 'invalid_union' && issue.discriminator === 'kind') {
      return [
        { code: 'network.missing', what, fix: `write kind: ${options(issue).join(' or kind: ')}`, path, at: 'value' },
      ];
    }
    return [{ code: 'network.missing', what, ...example, path, at: 'value' }];
  }
  return [{ ...wrongValue(issue, path, found.value, hint), path, at: 'value' }];
}

function wrongValue(issue: z.core.$ZodIssue, path: Path, value: unknown, hint: Hint): Fault {
  const name = nameOf(path);
  const shown = hint.secret === true && !isMap(value) ? 'given in the file itself' : show(value);
  const is =
    value === null
      ? `${name} has no value`
      : `${name} is ${shown}${typeof value === 'number' && hint.unit ? ` ${hint.unit}` : ''}`;
  const example = hint.example === undefined ? {} : { fix: `for example ${exampleOf(path, hint)}` };
  const own = {
    code: hint.code ?? 'network.range',
    ...(hint.fix === undefined ? example : { fix: hint.fix }),
    ...(hint.source === undefined ? {} : { source: hint.source }),
  };
  switch (issue.code) {
    case 'too_small':
    case 'too_big': {
      const small = issue.code === 'too_small';
      const limit = Number(small ? issue.minimum : issue.maximum);
      const counted = issue.origin === 'array' ? (value as unknown[]).length : undefined;
      if (value === '') return { ...own, what: `${name} is empty` };
      const subject = counted === undefined ? is : `${name} has ${counted} entries`;
      const unit = counted === undefined && hint.unit ? ` ${hint.unit}` : '';
      return { ...own, what: `${subject}; the ${small ? 'least' : 'most'} is ${limit}${unit}` };
    }
    case 'invalid_value':
      return choice(name, value, issue.values.map(String));
    case 'invalid_union':
      if (issue.discriminator === 'kind') return choice(name, value, options(issue));
      return {
        ...own,
        code: hint.code ?? 'network.type',
        what: `${is}; it must be ${hint.expects ?? 'something else'}`,
      };
    case 'invalid_format':
      return {
        ...own,
        code: hint.code ?? 'network.format',
        what: `${is}; it must be ${hint.expects ?? 'written otherwise'}`,
      };
    default: {
      const expected = issue.code === 'invalid_type' ? expectations[issue.expected] : undefined;
      return {
        code: 'network.type',
        ...example,
        what: `${is}; it must be ${hint.expects ?? expected ?? 'something else'}`,
      };
    }
  }
}

/** The issues of the one alternative that the value is of the right type for: `{ latitude: 91 }` is no wrong city name. */
function meantAlternative(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const close = issue.errors.filter(
    (errors) => !errors.some((error) => error.path.length === 0 && error.code === 'invalid_type'),
  );
  return close.length === 1 ? close[0] : undefined;
}

const expectations: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
  array: 'a list',
};

function options(issue: z.core.$ZodIssueInvalidUnion): string[] {
  return ((issue as { options?: readonly unknown[] }).options ?? []).map(String);
}

function choice(name: string, value: unknown, allowed: readonly string[]): Fault {
  const near = typeof value === 'string' ? nearestOf(value, allowed)[0] : undefined;
  return {
    code: 'network.choice',
    what: `${name} is ${show(value)}; it must be one of ${allowed.join(', ')}`,
    ...(near === undefined ? {} : { fix: `did you mean ${near}?` }),
  };
}

function invalidKey(issue: z.core.$ZodIssueInvalidKey, path: Path): SchemaFault {
  const inner = issue.issues[0];
  const fault = inner?.code === 'custom' ? faultOf(inner.params) : undefined;
  if (fault !== undefined) return { ...fault, path, at: 'key' };
  return {
    code: 'network.name',
    what: `${show(path.at(-1))} cannot be a name; names have lower-case letters, digits and hyphens, 63 at most`,
    fix: 'use a name such as fra or fra-2',
    path,
    at: 'key',
  };
}

function unknownKey(schema: z.core.$ZodType, path: Path, key: string, root: unknown): SchemaFault {
  const holder = lookUp(root, path).value as Record<string, unknown> | undefined;
  const known = keysAt(schema, path, holder?.kind);
  const near = nearestOf(key, known)[0];
  return {
    code: 'network.unknown-key',
    what: `unknown key ${show(key)}${path.length === 0 ? '' : ` in ${nameOf(path)}`}`,
    fix: near === undefined ? `the keys here are ${known.join(', ')}` : `did you mean ${near}?`,
    path: [...path, key],
    at: 'key',
  };
}

function nameOf(path: Path): string {
  const named = path.findLastIndex((step) => typeof step === 'string' && !/^\d+$/.test(step));
  return named < 0 ? 'the file' : formatPath(path.slice(named));
}

function placeOf(path: Path): string {
  return path.length < 2 ? '' : ` in ${nameOf(path.slice(0, -1))}`;
}

function exampleOf(path: Path, hint: Hint): string {
  const last = path.at(-1);
  return typeof last === 'number' ? `- ${flow(hint.example)}` : `${last}: ${flow(hint.example)}`;
}

/** YAML in one line, as an operator would write it. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${flow(inner)}`)
    .join(', ')} }`;
}

/** A value as part of a sentence, never long. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lookUp(root: unknown, path: Path): { readonly there: boolean; readonly value: unknown } {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
      return { there: false, value: undefined };
    value = (value as Record<string | number, unknown>)[step];
  }
  return { there: value !== undefined, value };
}

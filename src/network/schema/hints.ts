/**
 * Hints: what a schema knows beyond its type, so that a wrong value gets an answer in an operator's words.
 *
 * Why a registry of its own: `describe` goes into the JSON Schema as it stands, while what is here shapes errors. Both
 * hang on the schema itself, so a field's type, limits, documentation and errors cannot drift apart.
 */
import { z } from 'zod';

export interface Hint {
  /** Ends the sentence "it must be …". */
  readonly expects?: string;
  /** A good value, shown in the fix of a missing or mistyped field, and as an example in the JSON Schema. */
  readonly example?: string | number | boolean | object;
  /** The code of its range and format problems; without it a general one. */
  readonly code?: string;
  readonly fix?: string;
  readonly source?: string;
  /** `s`, `ms`: stands behind values and limits in errors. */
  readonly unit?: string;
  /** The value must never be printed. */
  readonly secret?: boolean;
}

export const hints = z.registry<Hint>();

/** Why a text cannot be what it should be. */
export interface Fault {
  readonly code: string;
  readonly what: string;
  readonly fix?: string;
  readonly source?: string;
}

/** The parameters that carry a fault through a zod issue. */
export function faultOf(params: unknown): Fault | undefined {
  const fault = params as Partial<Fault> | undefined;
  return typeof fault?.code === 'string' && typeof fault.what === 'string' ? (fault as Fault) : undefined;
}

/** A field whose text `parse` turns into a value, or a fault that says why not. */
export function parsed<T extends string | number>(
  input: z.ZodType<string | number>,
  parse: (value: string | number) => T | Fault,
): z.ZodType<T, string | number> {
  const schema = input.transform((value, context): string | number => {
    const result = parse(value);
    if (typeof result !== 'object') return result;
    context.addIssue({ code: 'custom', message: result.what, params: { ...result } });
    return z.NEVER;
  });
  // zod wraps a generic T into Awaited<T>, which TypeScript cannot see through.
  return schema as unknown as z.ZodType<T, string | number>;
}

/** The schema that stands at `path` inside `schema`; `undefined` where the path leaves it. */
export function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  const open = unwrapped(schema);
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  if (open instanceof z.ZodObject) {
    const inner = Object.hasOwn(open.shape, step) ? open.shape[step as string] : undefined;
    return inner === undefined ? undefined : schemaAt(inner, rest);
  }
  if (open instanceof z.ZodArray) return schemaAt(open.element as z.core.$ZodType, rest);
  if (open instanceof z.ZodRecord) return schemaAt(open.valueType as z.core.$ZodType, rest);
  if (open instanceof z.ZodUnion) {
    const candidates = (open.options as readonly z.core.$ZodType[]).map((option) => schemaAt(option, path));
    return candidates.find((candidate) => candidate !== undefined);
  }
  return undefined;
}

/** The outermost hint on `schema` or on what it wraps. */
export function hintOf(schema: z.core.$ZodType | undefined): Hint {
  if (schema === undefined) return {};
  const own = hints.get(schema);
  if (own !== undefined) return own;
  const inner = innerOf(schema);
  return inner === undefined ? {} : hintOf(inner);
}

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return schema.unwrap() as z.core.$ZodType;
  }
  return schema instanceof z.ZodPipe ? (schema.in as z.core.$ZodType) : undefined;
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = innerOf(schema);
  return inner === undefined ? schema : unwrapped(inner);
}

/** The keys that may stand at `path`; of a union, those of the alternative that `kind` names, else of all. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[], kind: unknown): readonly string[] {
  const at = schemaAt(schema, path);
  if (at === undefined) return [];
  const open = unwrapped(at);
  if (open instanceof z.ZodObject) return Object.keys(open.shape);
  if (!(open instanceof z.ZodUnion)) return [];
  const shapes = (open.options as readonly z.core.$ZodType[])
    .map(unwrapped)
    .filter((option) => option instanceof z.ZodObject);
  const named = shapes.filter((option) => {
    const literal = option.shape.kind;
    return literal instanceof z.ZodLiteral && literal.values.has(kind as never);
  });
  return [...new Set((named.length > 0 ? named : shapes).flatMap((option) => Object.keys(option.shape)))];
}

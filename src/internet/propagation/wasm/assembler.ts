/**
 * Writes the bytes of a small WebAssembly module: functions over one imported memory, with the few instructions that our
 * kernels use.
 *
 * Why not a compiler: the kernels are two pages. Written so, they need no build step, no binary in the repository and no
 * package, and variants of one kernel come from one function. Instructions are nested as their operands are: an expression
 * is a list of its operands' bytes and its own.
 * Format: WebAssembly Core Specification 2.0, §5.
 */
import { assert } from '../../../base/assert.ts';

/** Bytes of instructions, nested. */
export type Code = readonly (number | Code)[];

/** Value types (§5.3.1, §5.3.2). */
export const type = { i32: 0x7f, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = (typeof type)[keyof typeof type];

export interface WasmFunction {
  readonly name: string;
  /** All of type i32. Parameters are the first locals. */
  readonly parameters: number;
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

/** LEB128 (§5.2.2). */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value >>> 0; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    if (rest >= -64 && rest < 64) return [...bytes, rest & 0x7f];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

const vector = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
/** Address immediates: alignment 2^0, which is always allowed, and an offset. */
const at = (offset: number): Code => [0, ...unsigned(offset)];
const unary =
  (...opcode: Code) =>
  (a: Code): Code => [a, opcode];
const binary =
  (...opcode: Code) =>
  (a: Code, b: Code): Code => [a, b, opcode];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [value, 0x21, ...unsigned(local)];

const noResult = 0x40;
const end = 0x0b;
/** `body` again and again while `condition` holds before it. */
export const whileTrue = (condition: Code, body: Code): Code => [
  [0x02, noResult, 0x03, noResult],
  [condition, 0x45, 0x0d, 1],
  [body, 0x0c, 0, end, end],
];
export const ifElse = (condition: Code, then: Code, otherwise: Code): Code => [
  [condition, 0x04, noResult],
  [then, 0x05, otherwise, end],
];

export const i32 = {
  of: (value: number): Code => [0x41, ...signed(value)],
  add: binary(0x6a),
  multiply: binary(0x6c),
  shiftLeft: binary(0x74),
  lessThan: binary(0x49),
  load: (address: Code, offset = 0): Code => [address, 0x28, at(offset)],
  load8: (address: Code, offset = 0): Code => [address, 0x2d, at(offset)],
  load16: (address: Code, offset = 0): Code => [address, 0x2f, at(offset)],
  store8: (address: Code, value: Code, offset = 0): Code => [address, value, 0x3a, at(offset)],
};

export const f64 = {
  add: binary(0xa0),
  load: (address: Code, offset = 0): Code => [address, 0x2b, at(offset)],
  /** A number of 32 bits from memory, made one of 64. */
  loadSingle: (address: Code, offset = 0): Code => [address, 0x2a, at(offset), 0xbb],
  store: (address: Code, value: Code, offset = 0): Code => [address, value, 0x39, at(offset)],
};

export const v128 = {
  load: (address: Code, offset = 0): Code => [address, vector(0), at(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [address, value, vector(11), at(offset)],
  of: (bytes: readonly number[]): Code => [vector(12), bytes],
  and: binary(vector(78)),
  or: binary(vector(80)),
  /** Bits of `a` where `mask` has ones, else of `b`. */
  select: (a: Code, b: Code, mask: Code): Code => [a, b, mask, vector(82)],
};

/** 16 lanes of 8 bits. */
export const u8x16 = {
  of: (value: number): Code => v128.of(new Array<number>(16).fill(value)),
  splat: unary(vector(15)),
  lane: (a: Code, lane: number): Code => [a, vector(22), lane],
  equal: binary(vector(35)),
  above: binary(vector(40)),
  add: binary(vector(110)),
  min: binary(vector(119)),
};

/** 8 lanes of 16 bits, to spread a mask of bits; `narrow` takes them as signed, so that all ones stay all ones. */
export const u16x8 = { splat: unary(vector(16)), equal: binary(vector(45)), narrow: binary(vector(101)) };

/** The module's bytes. It imports `memory` from `nearcast`; `shared` memories need their greatest size said. */
export function assembleModule(functions: readonly WasmFunction[], memory: MemoryShape): Uint8Array<ArrayBuffer> {
  const arities = [...new Set(functions.map(({ parameters }) => parameters))];
  const types = arities.map((count) => [0x60, list(new Array<Code>(count).fill([type.i32])), 0]);
  const limits = [memory.shared ? 3 : 1, ...unsigned(memory.initial), ...unsigned(memory.maximum)];
  const bytes = flatten([
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, list(types)),
    section(2, list([[name('nearcast'), name('memory'), 2, limits]])),
    section(3, list(functions.map(({ parameters }) => unsigned(arities.indexOf(parameters))))),
    section(7, list(functions.map((wasm, index) => [name(wasm.name), 0, unsigned(index)]))),
    section(10, list(functions.map(({ locals, body }) => sized([list(locals.map((local) => [1, local])), body, end])))),
  ]);
  assert(
    bytes.every((byte) => byte >= 0 && byte <= 255),
    'a module is made of bytes',
  );
  return Uint8Array.from(bytes);
}

/** In pages of 64 KiB. */
export interface MemoryShape {
  readonly initial: number;
  readonly maximum: number;
  readonly shared: boolean;
}

const list = (items: readonly Code[]): Code => [...unsigned(items.length), items];
const name = (text: string): Code => list([...new TextEncoder().encode(text)].map((byte) => [byte]));
const section = (id: number, content: Code): Code => [id, sized(content)];

function sized(content: Code): Code {
  const bytes = flatten(content);
  return [...unsigned(bytes.length), bytes];
}

function flatten(code: Code): number[] {
  const bytes: number[] = [];
  const visit = (part: Code): void => {
    for (const item of part) {
      if (typeof item === 'number') bytes.push(item);
      else visit(item);
    }
  };
  visit(code);
  return bytes;
}

/**
 * The batch engine's inner loops: what 16 configurations think of one AS, in one instruction.
 *
 * State of an AS: 32 bytes, for each lane one of rank and one of the entry point. A rank is the class in the upper two bits
 * (0 own and customers', 1 lateral, 2 providers') and the path length in the lower six; length 63 is no route. So "lower is
 * better" compares class before length, and `rank & 63` is what a neighbour hears, whatever the class.
 * Why no next hops: lists are sorted by ASN, so taking only what is strictly better keeps the lowest ASN, and a lane needs
 * nothing else to go on. Paths are the scalar engine's work.
 */
import {
  type Code,
  f64,
  get,
  i32,
  ifElse,
  set,
  type,
  u8x16,
  u16x8,
  v128,
  type WasmFunction,
  whileTrue,
} from '../wasm/assembler.ts';

export const lanes = 16;
export const stateBytes = 32;
export const rankClass = { customer: 0, lateral: 64, provider: 128 } as const;
export const noRank = 255;
/** A path that an AS tells to others is shorter; at this length a lane is given up. */
export const longestPath = 61;
export const lengthMask = 63;
export const noLaneEntry = 255;

const listEntryBytes = 4;

/**
 * Down along customers: every AS from `first` to before `last` hears its providers, which have lower numbers.
 * `overflow`: 16 bytes, set to ones in lanes where a path came to `longestPath`, beyond which the lane's bytes say nothing.
 * `touched`: a byte for each AS, 1 where the state holds anything; else it is rubbish of the run before.
 * `refusing`: also reads, for each AS, a bit for each lane in which it takes no route.
 */
export function downKernel(refusing: boolean): WasmFunction {
  const [to, last, starts, list, state, touched, overflow, refuses] = [0, 1, 2, 3, 4, 5, 6, 7];
  const base = refusing ? 8 : 7;
  const [at, end, from, best, entry, heard, own, offered, over] = Array.from({ length: 9 }, (_, i) => base + i) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const startOf = (next: number): Code =>
    i32.add(
      get(list),
      i32.shiftLeft(i32.load(i32.add(get(starts), i32.shiftLeft(get(to), i32.of(2))), next * 4), i32.of(2)),
    );
  const hear: Code = [
    set(from, i32.add(get(state), i32.shiftLeft(i32.load(get(at)), i32.of(5)))),
    set(heard, u8x16.min(get(best), v128.and(v128.load(get(from)), u8x16.of(lengthMask)))),
    set(entry, v128.select(get(entry), v128.load(get(from), lanes), u8x16.equal(get(heard), get(best)))),
    set(best, get(heard)),
    set(at, i32.add(get(at), i32.of(listEntryBytes))),
  ];
  // 62 stands for no route while providers are heard, so that one more makes 63, and the class can simply be added.
  const merge: Code = [
    set(offered, u8x16.add(get(best), u8x16.of(rankClass.provider + 1))),
    ifElse(
      i32.load8(i32.add(get(touched), get(to))),
      [
        set(own, v128.load(get(from))),
        set(offered, u8x16.min(get(offered), get(own))),
        set(entry, v128.select(v128.load(get(from), lanes), get(entry), u8x16.equal(get(own), get(offered)))),
      ],
      [],
    ),
  ];
  return {
    name: refusing ? 'downRefusing' : 'down',
    parameters: base,
    locals: [type.i32, type.i32, type.i32, type.v128, type.v128, type.v128, type.v128, type.v128, type.v128],
    body: [
      set(at, startOf(0)),
      set(over, v128.load(get(overflow))),
      whileTrue(i32.lessThan(get(to), get(last)), [
        set(end, startOf(1)),
        set(best, u8x16.of(lengthMask - 1)),
        set(entry, u8x16.of(noLaneEntry)),
        whileTrue(i32.lessThan(get(at), get(end)), hear),
        set(over, v128.or(get(over), u8x16.equal(get(best), u8x16.of(longestPath)))),
        set(from, i32.add(get(state), i32.shiftLeft(get(to), i32.of(5)))),
        merge,
        refusing
          ? [
              set(heard, refusedLanes(to, refuses as number)),
              set(offered, v128.or(get(offered), get(heard))),
              set(entry, v128.or(get(entry), get(heard))),
            ]
          : [],
        v128.store(get(from), get(offered)),
        v128.store(get(from), get(entry), lanes),
        set(to, i32.add(get(to), i32.of(1))),
      ]),
      v128.store(get(overflow), get(over)),
    ],
  };
}

/** All ones in the lanes in which the AS takes no route. */
function refusedLanes(number: number, refuses: number): Code {
  const bits = u16x8.splat(i32.load16(i32.add(get(refuses), i32.shiftLeft(get(number), i32.of(1)))));
  const spread = (from: number): Code => {
    const masks = v128.of(
      Array.from({ length: 8 }, (_, lane) => 1 << (from + lane)).flatMap((bit) => [bit & 255, bit >>> 8]),
    );
    return u16x8.equal(v128.and(bits, masks), masks);
  };
  return u16x8.narrow(spread(0), spread(8));
}

/**
 * Up along providers: one AS hears these customers, sorted by ASN. What it has already counts as heard first.
 * Only own and customers' routes go up.
 */
export function upKernel(): WasmFunction {
  const [own, at, end, state, from, rank, entry, offered, best] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  return {
    name: 'up',
    parameters: 4,
    locals: [type.i32, type.v128, type.v128, type.v128, type.v128],
    body: [
      set(rank, v128.load(get(own))),
      set(entry, v128.load(get(own), lanes)),
      whileTrue(i32.lessThan(get(at), get(end)), [
        set(from, i32.add(get(state), i32.shiftLeft(i32.load(get(at)), i32.of(5)))),
        set(offered, offeredBy(from, rankClass.customer)),
        set(best, u8x16.min(get(rank), get(offered))),
        set(entry, v128.select(get(entry), v128.load(get(from), lanes), u8x16.equal(get(rank), get(best)))),
        set(rank, get(best)),
        set(at, i32.add(get(at), i32.of(listEntryBytes))),
      ]),
      v128.store(get(own), get(rank)),
      v128.store(get(own), get(entry), lanes),
    ],
  };
}

/** Own and customers' routes of one AS, one hop longer, in this class; all ones where there are none. */
function offeredBy(address: number, base: number): Code {
  const rank = v128.load(get(address));
  return v128.or(u8x16.add(rank, u8x16.of(base + 1)), u8x16.above(rank, u8x16.of(lengthMask - 1)));
}

/** Across: one AS tells these lateral peers. Callers go by ASN, the lowest first. */
export function acrossKernel(): WasmFunction {
  const [from, at, end, state, touched, to, number, offered, entry, own, best] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  return {
    name: 'across',
    parameters: 5,
    locals: [type.i32, type.i32, type.v128, type.v128, type.v128, type.v128],
    body: [
      set(offered, offeredBy(from, rankClass.lateral)),
      set(entry, v128.load(get(from), lanes)),
      whileTrue(i32.lessThan(get(at), get(end)), [
        set(number, i32.load(get(at))),
        set(to, i32.add(get(state), i32.shiftLeft(get(number), i32.of(5)))),
        // Untouched: all ones, whatever the state says.
        set(
          own,
          v128.or(v128.load(get(to)), u8x16.splat(i32.add(i32.load8(i32.add(get(touched), get(number))), i32.of(-1)))),
        ),
        set(best, u8x16.min(get(own), get(offered))),
        v128.store(get(to), get(best)),
        v128.store(
          get(to),
          v128.select(v128.load(get(to), lanes), get(entry), u8x16.equal(get(own), get(best))),
          lanes,
        ),
        i32.store8(i32.add(get(touched), get(number)), i32.of(1)),
        set(at, i32.add(get(at), i32.of(listEntryBytes))),
      ]),
    ],
  };
}

/**
 * Adds up a matrix by catchment: for each of `count` ASes (numbers in `list`), row by row, the value of the column that each
 * lane's entry point names. Columns are singles, `columns` of them with a last one for "no route"; sums are 16 doubles.
 */
export function weighKernel(): WasmFunction {
  const [at, end, state, row, columns, sums] = [0, 1, 2, 3, 4, 5];
  const [entry, first] = [6, 7];
  return {
    name: 'weigh',
    parameters: 6,
    locals: [type.v128, ...new Array<typeof type.f64>(lanes).fill(type.f64)],
    body: [
      each((lane) => set(first + lane, f64.load(get(sums), lane * 8))),
      whileTrue(i32.lessThan(get(at), get(end)), [
        set(entry, entriesAt(at, state, columns)),
        each((lane) =>
          set(
            first + lane,
            f64.add(
              get(first + lane),
              f64.loadSingle(i32.add(get(row), i32.shiftLeft(u8x16.lane(get(entry), lane), i32.of(2)))),
            ),
          ),
        ),
        set(row, i32.add(get(row), i32.shiftLeft(get(columns), i32.of(2)))),
        set(at, i32.add(get(at), i32.of(listEntryBytes))),
      ]),
      each((lane) => f64.store(get(sums), get(first + lane), lane * 8)),
    ],
  };
}

/**
 * Counts users by catchment: for each AS of the list, its weight (a single) is added to the cell of each lane's entry point in
 * a table of doubles, 16 to a column; the last column is "no route".
 */
export function countKernel(): WasmFunction {
  const [at, end, state, weights, columns, table, cell] = [0, 1, 2, 3, 4, 5, 6];
  const [entry, weight] = [7, 8];
  return {
    name: 'count',
    parameters: 6,
    locals: [type.i32, type.v128, type.f64],
    body: [
      whileTrue(i32.lessThan(get(at), get(end)), [
        set(entry, entriesAt(at, state, columns)),
        set(weight, f64.loadSingle(get(weights))),
        each((lane) => [
          set(cell, i32.add(get(table), i32.shiftLeft(u8x16.lane(get(entry), lane), i32.of(7)))),
          f64.store(get(cell), f64.add(f64.load(get(cell), lane * 8), get(weight)), lane * 8),
        ]),
        set(weights, i32.add(get(weights), i32.of(4))),
        set(at, i32.add(get(at), i32.of(listEntryBytes))),
      ]),
    ],
  };
}

/** The columns of an AS's entry points, lane by lane; beyond the last there is none. */
const entriesAt = (at: number, state: number, columns: number): Code =>
  u8x16.min(
    v128.load(i32.add(get(state), i32.shiftLeft(i32.load(get(at)), i32.of(5))), lanes),
    u8x16.splat(i32.add(get(columns), i32.of(-1))),
  );

const each = (code: (lane: number) => Code): Code => Array.from({ length: lanes }, (_, lane) => code(lane));

export const kernels = (): readonly WasmFunction[] => [
  downKernel(false),
  downKernel(true),
  upKernel(),
  acrossKernel(),
  weighKernel(),
  countKernel(),
];

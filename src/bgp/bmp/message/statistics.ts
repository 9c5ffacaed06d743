/**
 * Statistics: numbers that a router tells of a peer or a table by itself, each a TLV.
 *
 * Layout (RFC 7854 §4.8): [count u32] count × [type u16][length u16][value]; a value is a counter of 32 bits, a gauge of 64, or a gauge
 * behind [AFI u16][SAFI u8]. A new type is a line in the table.
 */
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import { familyByNumbers } from '../../message/family/table.ts';
import { BmpFault } from './fault.ts';
import { readU64, writeU64 } from './peer-header.ts';
import type { Statistic } from './types.ts';

type Shape = 'counter' | 'gauge' | 'family-gauge';

export interface StatisticRow {
  readonly code: number;
  readonly name: string;
  readonly shape: Shape;
  readonly rfc: string;
}

const shapeBytes: Readonly<Record<Shape, number>> = { counter: 4, gauge: 8, 'family-gauge': 11 };

const row = (code: number, name: string, shape: Shape, rfc = 'RFC 7854 §4.8'): StatisticRow => ({
  code,
  name,
  shape,
  rfc,
});

export const statisticTable: readonly StatisticRow[] = [
  row(0, 'rejectedPrefixes', 'counter'),
  row(1, 'duplicateAdvertisements', 'counter'),
  row(2, 'duplicateWithdrawals', 'counter'),
  row(3, 'clusterListLoops', 'counter'),
  row(4, 'asPathLoops', 'counter'),
  row(5, 'originatorIdLoops', 'counter'),
  row(6, 'confederationLoops', 'counter'),
  row(7, 'adjRibInRoutes', 'gauge'),
  row(8, 'locRibRoutes', 'gauge'),
  row(9, 'adjRibInRoutesOfFamily', 'family-gauge'),
  row(10, 'locRibRoutesOfFamily', 'family-gauge'),
  row(11, 'updatesTreatedAsWithdraw', 'counter'),
  row(12, 'prefixesTreatedAsWithdraw', 'counter'),
  row(13, 'duplicateUpdates', 'counter'),
  row(14, 'adjRibOutPrePolicyRoutes', 'gauge', 'RFC 8671 §6.2'),
  row(15, 'adjRibOutPostPolicyRoutes', 'gauge', 'RFC 8671 §6.2'),
  row(16, 'adjRibOutPrePolicyRoutesOfFamily', 'family-gauge', 'RFC 8671 §6.2'),
  row(17, 'adjRibOutPostPolicyRoutesOfFamily', 'family-gauge', 'RFC 8671 §6.2'),
];

const byCode = new Map(statisticTable.map((each) => [each.code, each]));

/** `adjRibInRoutes`, with its family where it has one; `statistic42` for one that we do not know. */
export function statisticName(statistic: Statistic): string {
  const name = byCode.get(statistic.code)?.name ?? `statistic${statistic.code}`;
  if (!('family' in statistic) || statistic.family === undefined) return name;
  const { afi, safi } = statistic.family;
  return `${name}.${familyByNumbers({ afi, safi })?.name ?? `${afi}/${safi}`}`;
}

export function decodeStatistics(reader: ByteReader): readonly Statistic[] {
  const countOffset = reader.offset;
  const count = reader.u32('statistics count');
  const statistics: Statistic[] = [];
  while (reader.left > 0) statistics.push(decodeStatistic(reader));
  if (statistics.length !== count) {
    const what = `the report claims ${count} statistics and holds ${statistics.length}`;
    throw new BmpFault({ offset: countOffset, field: 'statistics count', what, rfc: 'RFC 7854 §4.8' });
  }
  return statistics;
}

function decodeStatistic(reader: ByteReader): Statistic {
  const code = reader.u16('statistic.type');
  const offset = reader.offset;
  const value = reader.sub(reader.u16('statistic.length'), 'statistic.value');
  const known = byCode.get(code);
  if (known === undefined) return { code, bytes: value.rest().slice() };
  const { name, shape, rfc } = known;
  if (value.left !== shapeBytes[shape]) {
    const what = `${name} has ${value.left} bytes; it is ${shapeBytes[shape]}`;
    throw new BmpFault({ offset, field: 'statistic.length', what, rfc });
  }
  if (shape === 'counter') return { code, value: BigInt(value.u32(name)) };
  if (shape === 'gauge') return { code, value: readU64(value, name) };
  const family = { afi: value.u16(`${name}.afi`), safi: value.u8(`${name}.safi`) };
  return { code, family, value: readU64(value, name) };
}

export function encodeStatistics(statistics: readonly Statistic[], writer: ByteWriter): void {
  writer.u32(statistics.length);
  for (const statistic of statistics) {
    writer.u16(statistic.code).lengthU16(() => {
      if ('bytes' in statistic) {
        writer.put(statistic.bytes);
        return;
      }
      const { code, family, value } = statistic;
      if (family !== undefined) writer.u16(family.afi).u8(family.safi);
      if (byCode.get(code)?.shape === 'counter')
        writer.u32(Number(value & 0xffff_ffffn)); // RFC 7854 §4.8: it wraps
      else writeU64(writer, value);
    });
  }
}

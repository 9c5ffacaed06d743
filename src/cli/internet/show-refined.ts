/** What a prediction says of its own ground: who refuses the route, and how far it stands on measurements. Pure. */
import type { Standing } from '../../internet/catchment/predicted.ts';
import type { LostAs, RouteLoss } from '../../internet/catchment/route-lost.ts';
import { type Column, formatTable, printable } from '../table.ts';
import { people, percent } from './show-prediction.ts';

const lostColumns: readonly Column<LostAs>[] = [
  { title: 'AS', cell: ({ asn }) => asn, align: 'right' },
  { title: 'NAME', cell: ({ name }) => (name === undefined ? null : printable(name).slice(0, 40)) },
  { title: 'USERS', cell: ({ users }) => people(users), align: 'right' },
  { title: 'WHY', cell: ({ refuses }) => (refuses ? 'refuses it' : 'hears of it from nobody') },
];

export function refusalLines({ refusing, ases, users, untoldUsers, before, most }: RouteLoss): readonly string[] {
  const share = before === 0 ? 0 : users / before;
  const head = `${counted(refusing, 'AS refuses', 'ASes refuse')} the route: ${counted(ases, 'AS has', 'ASes have')} none then, with ${people(users)} of ${people(before)} users (${percent(share)})`;
  if (users === 0) return [`${head}.`];
  return [
    `${head}; ${people(untoldUsers)} of these are in networks that would take it and that nobody tells.`,
    ...formatTable(lostColumns, most),
  ];
}

/** How far a prediction stands on measurements, in words: `users` who reach a PoP, `pops` by index. */
export function standingText(
  { ases, users: measured, sureUsers, inferredUsers, expectedRightUsers, unmeasuredPops }: Standing,
  {
    experiments,
    users,
    pops,
  }: { readonly experiments: number; readonly users: number; readonly pops: readonly { readonly name: string }[] },
): string {
  const part = (count: number): string => percent(users === 0 ? 0 : count / users);
  if (measured + inferredUsers === 0)
    return `No user's landing stands on measurements: none of the experiments (${experiments}) says where an AS with users prefers which of these PoPs.`;
  const names = unmeasuredPops.map((pop) => pops[pop]?.name ?? '').join(', ');
  const right = percent(expectedRightUsers / (measured + inferredUsers));
  return [
    `Measured: ${counted(experiments, 'experiment tells', 'experiments tell')} where ${part(measured)} of the users land (${counted(ases, 'AS', 'ASes')}), sure for ${part(sureUsers)} of all users.`,
    ...(inferredUsers === 0
      ? []
      : [
          `Where another ${part(inferredUsers)} land, in networks that were never measured, is inferred from those that were.`,
        ]),
    `Of all these, ${right} are expected to be placed right${measured + inferredUsers < users * 0.999 ? "; the others' landing is what routing says" : ''}.`,
    ...(names === '' ? [] : [`Never measured, so left to routing: ${names}.`]),
  ].join(' ');
}

function counted(count: number, one: string, more: string): string {
  return `${count} ${count === 1 ? one : more}`;
}

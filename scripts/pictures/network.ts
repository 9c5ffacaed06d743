/** The quickstart network on a map: networks at their places, links, and each network with users in its PoP's colour. */
import type { VantageReport } from '../../src/feed/vantage.ts';
import type { Topology } from '../../src/lab/topology.ts';
import type { Coordinates, PopIntent } from '../../src/network/intent.ts';
import { dot, drawing, line, muted, popColours, text } from './svg.ts';

const width = 1000;
const height = 470;

/** Equirectangular, cut to where the quickstart is. */
function place({ latitude, longitude }: Coordinates): [number, number] {
  return [30 + ((longitude + 95) / 260) * (width - 60), 75 + ((62 - latitude) / 108) * (height - 110)];
}

/** Where a label would cover a neighbour's or run out of the picture, it stands elsewhere than on the right. */
const labelPlaces: Readonly<Record<string, { dx: number; dy: number; anchor: 'start' | 'end' | 'middle' }>> = {
  'new-york': { dx: 0, dy: -13, anchor: 'middle' },
  london: { dx: -12, dy: 4, anchor: 'end' },
  mumbai: { dx: -12, dy: 4, anchor: 'end' },
  Andina: { dx: -10, dy: 4, anchor: 'end' },
  Safari: { dx: -12, dy: 4, anchor: 'end' },
  Coral: { dx: 8, dy: -9, anchor: 'middle' },
  melbourne: { dx: 0, dy: 22, anchor: 'middle' },
};

export function networkPicture(
  topology: Topology,
  pops: readonly PopIntent[],
  vantages: readonly VantageReport[],
): string {
  const parts: string[] = [
    text(30, 32, 'The quickstart network: 192.0.2.1 announced from three places', { size: 17, weight: 600 }),
    text(
      30,
      52,
      'Squares are PoPs, circles are networks; a network with users has the colour of the PoP it lands at.',
      {
        colour: muted,
      },
    ),
  ];
  const landsAt = new Map(vantages.map(({ name, pop }) => [name, pop]));
  for (const { ends, delayMs } of topology.links) {
    const [a, b] = ends.map(({ asn }) => place((topology.networks.get(asn) as { location: Coordinates }).location)) as [
      [number, number],
      [number, number],
    ];
    const lateral = ends[0].neighborIs === 'lateral';
    parts.push(line(...a, ...b, lateral ? '#94a3b8' : '#cbd5e1', lateral ? 2 : 1.2, lateral ? '6 4' : ''));
    if (lateral) {
      parts.push(
        text((a[0] + b[0]) / 2, (a[1] + b[1]) / 2 - 5, `${delayMs.toFixed(0)} ms`, {
          size: 10,
          colour: muted,
          anchor: 'middle',
        }),
      );
    }
  }
  for (const network of topology.networks.values()) {
    const [x, y] = place(network.location);
    const pop = network.vantage === undefined ? undefined : landsAt.get(network.vantage);
    const colour = pop === undefined || pop === null ? '#94a3b8' : (popColours[pop] ?? muted);
    parts.push(dot(x, y, network.vantage === undefined ? 5 : 8, colour));
    const hosted = pops.find(({ sessions }) => sessions.some(({ peerAsn }) => peerAsn === network.asn));
    if (hosted !== undefined) {
      const popColour = popColours[hosted.pop] ?? muted;
      parts.push(
        `<rect x="${Math.round(x) - 9}" y="${Math.round(y) - 9}" width="18" height="18" rx="3" fill="${popColour}"/>`,
      );
      parts.push(
        text(x, y + 26, `${hosted.pop} at ${network.name}`, {
          size: 12,
          weight: 700,
          anchor: 'middle',
          colour: popColour,
        }),
      );
    } else {
      const label =
        network.vantage === undefined ? `${network.name} AS${network.asn}` : `${network.vantage} AS${network.asn}`;
      const { dx, dy, anchor } = labelPlaces[network.vantage ?? network.name] ?? { dx: 12, dy: 4, anchor: 'start' };
      parts.push(text(x + dx, y + dy, label, { size: 11, anchor }));
    }
  }
  return drawing(width, height, 'The quickstart network', parts);
}

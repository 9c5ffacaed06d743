/**
 * What ExaBGP proves in its own way: it passes no routes on, so what others prove by a route that goes through them is said by it, and
 * what it hears from us is read in its own lines.
 */
import assert from 'node:assert/strict';
import { address } from '../../bgp-routes.ts';
import { waitFor } from '../../wait.ts';
import type { Exabgp } from '../exabgp.ts';
import type { Cells } from './cell.ts';
import { startInside } from './inside.ts';
import type { Stage } from './stage.ts';

const prefix = '192.0.2.0/24';
const said = '198.51.7.0/24';
const asn = 64_604;

function tell(stage: Stage, words: string): void {
  (stage.device as Exabgp).command([`announce route ${said} next-hop ${stage.cable.theirs.address} ${words}`]);
}

export const exabgpCells: Cells = {
  async addPath(stage) {
    const addPath = [{ family: 'ipv4-unicast', direction: 'both' }] as const;
    await stage.router({ addPath: true });
    const speaker = await stage.speaker({ peer: { addPath } });
    const { codec } = await speaker.up();
    assert.deepEqual(codec.addPath, { receive: ['ipv4-unicast'], send: ['ipv4-unicast'] });
    for (const number of [1, 2]) tell(stage, `path-information ${number} as-path [ ${asn} ${64_700 + number} ]`);
    await waitFor('both paths', () => speaker.paths(said).length === 2);
    assert.deepEqual(
      speaker
        .paths(said)
        .map(({ received }) => received.pathId)
        .sort(),
      [1, 2],
    );
    for (const each of [64_801, 64_802]) (await startInside(speaker, { asn: each })).announce(prefix);
    const heard = () => stage.device.log().match(/"nlri": "192\.0\.2\.0\/24", "path-information": "[\d.]+"/g) ?? [];
    await waitFor('ExaBGP to have both of ours', () => new Set(heard()).size === 2);
  },

  async extendedMessages(stage) {
    await stage.router({ extendedMessages: true });
    const speaker = await stage.speaker({ peer: { extendedMessages: true } });
    const { codec } = await speaker.up();
    assert.equal(codec.extendedMessages, true);
    const many = Array.from({ length: 1_200 }, (_, index) => ((64_500 << 16) >>> 0) + index);
    speaker.announce(prefix, { communities: many });
    assert.equal((await stage.hears(prefix)).communities.length, many.length);
    tell(stage, `community [ ${many.map((_, index) => `64500:${index}`).join(' ')} ]`);
    const { attributes } = await speaker.path(said);
    assert.deepEqual(
      attributes.communities?.toSorted((a, b) => a - b),
      many,
    );
  },

  async extendedNextHop(stage) {
    await stage.router({ extendedNextHop: true }, { over6: true });
    const { ours: own, theirs } = stage.cable;
    const nextHops = { ipv4: address(own.address6) };
    const speaker = await stage.speaker({ peer: { extendedNextHop: true, nextHops } });
    const { codec } = await speaker.up();
    assert.deepEqual(codec.extendedNextHop, ['ipv4-unicast']);
    (stage.device as Exabgp).command([`announce route ${said} next-hop ${theirs.address6} as-path [ ${asn} ]`]);
    assert.equal((await speaker.path(said)).nextHop, theirs.address6);
    speaker.announce(prefix);
    assert.equal((await stage.hears(prefix)).nextHop, own.address6);
  },

  async extendedCommunities(stage) {
    await stage.router();
    const speaker = await stage.speaker();
    await speaker.up();
    tell(stage, 'extended-community [ target:64500:1 origin:64500:2 ] large-community [ 4200000001:0:7 ]');
    const { attributes } = await speaker.path(said);
    const sorted = attributes.extendedCommunities?.toSorted(([a], [b]) => a - b);
    assert.deepEqual(sorted, [
      [0x0002_fbf4, 1],
      [0x0003_fbf4, 2],
    ]);
    assert.deepEqual(attributes.largeCommunities, [[4_200_000_001, 0, 7]]);
    speaker.announce(prefix, { extendedCommunities: [[0x0002_fbf4, 1]] });
    await waitFor('ExaBGP to have ours', () => stage.device.log().includes('target:64500:1'));
  },

  async asSet(stage) {
    await stage.router();
    const speaker = await stage.speaker({ peer: { allowAsSet: true } });
    await speaker.up();
    tell(stage, `as-path [ ${asn} ( 64801 64802 ) ]`);
    const { asPath } = await speaker.path(said);
    assert.equal(asPath, `${asn} {64801 64802}`);
    await speaker.host.stop();
    const strict = await stage.speaker();
    await waitFor('the route to be refused', () => (strict.host.neighbors()[0]?.malformedUpdates ?? 0) > 0, 20_000);
    assert.deepEqual(strict.paths(said), []);
  },

  async twoOctet(stage) {
    await stage.router({ twoOctet: true, ourAsn: 65_011 });
    const speaker = await stage.speaker();
    const { codec } = await speaker.up();
    assert.equal(codec.fourOctetAsn, false);
    tell(stage, `as-path [ ${asn} 4200000999 ]`);
    assert.equal((await speaker.path(said)).asPath, `${asn} 4200000999`);
    const inside = await startInside(speaker, { path: [{ kind: 'sequence', asns: [4_200_000_999] }] });
    inside.announce(prefix);
    assert.match((await stage.hears(prefix)).asPath, /^65011 64800 (23456|4200000999)$/);
  },

  async ownAs(stage) {
    await stage.router();
    for (const allowOwnAs of [1, undefined]) {
      const speaker = await stage.speaker({ peer: allowOwnAs === undefined ? {} : { allowOwnAs } });
      await speaker.up();
      tell(stage, `as-path [ ${asn} 4200000001 ]`);
      const { outcome } = await speaker.path(said);
      if (outcome.verdict === 'accept') assert.equal(allowOwnAs, 1);
      else assert.deepEqual([allowOwnAs, outcome.rejection.reason], [undefined, 'as-path-loop']);
      await speaker.host.stop();
    }
  },
};

import type { TestContext } from 'node:test';
import { createFakeAnnouncer } from '../testing/fake-announcer.ts';
import { announcerContract, type ContractHarness } from './announcer.contract.ts';

async function fakeHarness(_context: TestContext): Promise<ContractHarness> {
  const announcer = createFakeAnnouncer();
  const stops = (): string[] => announcer.log.filter((line) => line.startsWith('stop '));
  return {
    announcer,
    peer: (session) => ({
      heard: () =>
        announcer.heard(session).map(({ prefix, prepend, communities, largeCommunities }) => ({
          prefix,
          asPath: new Array<number>(prepend + 1).fill(64500),
          communities,
          largeCommunities,
        })),
      ups: () => announcer.log.filter((line) => line === `${session} up`).length,
      downs: () => announcer.log.filter((line) => line === `${session} down`).map((line) => line + stops().join()),
    }),
  };
}

announcerContract('fake', fakeHarness);

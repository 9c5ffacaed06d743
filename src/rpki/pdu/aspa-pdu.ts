/**
 * ASPA: which ASes a customer names as its providers (draft-ietf-sidrops-8210bis-27 §5.12; version 2 only).
 *
 * Layout: [customer ASN u32][provider ASN u32] …; the header's word is [flags u8][zero u8], the count follows from the length.
 * Errors: an announcement without providers, with AS 0 among several, out of order or repeated, and a withdrawal with any →
 * ASPA Provider List Error. So also ends the PDU of drafts up to -10, which had its flags elsewhere: there the flags' place
 * is zero, which reads as a withdrawal with providers. Such a cache is asked again in version 1 (see session/).
 */
import type { PduDescriptor } from './descriptor.ts';
import { PduFault } from './header.ts';
import { type Pdu, rtrError } from './types.ts';

const rfc = 'draft-ietf-sidrops-8210bis §5.12';

function refuse(what: string): never {
  throw new PduFault({ code: rtrError.aspaProviderList, offset: 12, field: 'providers', what, rfc });
}

export const aspa: PduDescriptor<Extract<Pdu, { type: 'aspa' }>> = {
  number: 11,
  type: 'aspa',
  since: 2,
  rfc,
  length: () => ({ atLeast: 12 }),
  decode: (reader, word) => {
    const announce = ((word >>> 8) & 1) === 1;
    const customer = reader.u32('customer ASN');
    const providers: number[] = [];
    while (reader.left > 0) {
      const provider = reader.u32('provider ASN');
      const previous = providers.at(-1);
      if (previous !== undefined && provider <= previous) refuse(`provider AS${provider} after AS${previous}`);
      providers.push(provider);
    }
    if (!announce && providers.length > 0) refuse(`a withdrawal with ${providers.length} providers`);
    if (announce && providers.length === 0) refuse('an announcement without a provider');
    // Ascending, so 0 comes first; alone it says that there is no provider.
    if (providers.length > 1 && providers[0] === 0) refuse('AS0 among other providers');
    return { type: 'aspa', announce, customer, providers };
  },
  word: ({ announce }) => (announce ? 0x0100 : 0),
  encode: (writer, { customer, providers }) => {
    writer.u32(customer);
    for (const provider of providers) writer.u32(provider);
  },
};

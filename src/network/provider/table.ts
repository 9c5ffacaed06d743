/** The catalogue of providers: one line each. */
import type { Provider } from './types.ts';
import { vultr, vultrBareMetal } from './vultr.ts';

export const providers: readonly Provider[] = [vultr, vultrBareMetal];

export function findProvider(id: string): Provider | undefined {
  return providers.find((provider) => provider.id === id);
}

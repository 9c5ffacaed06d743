/** All routes of the API. */
import type { Route } from './route.ts';
import { agentRoutes } from './routes/agent.ts';
import { machineRoutes } from './routes/machine.ts';
import { popRoutes } from './routes/pops.ts';
import { statusRoutes } from './routes/status.ts';
import { tableRoutes } from './routes/tables.ts';
import { vantageRoutes } from './routes/vantages.ts';

export function apiRoutes(version: string): readonly Route[] {
  const routes = [...statusRoutes, ...popRoutes, ...tableRoutes, ...vantageRoutes, ...agentRoutes];
  return [...routes, ...machineRoutes(version, routes)];
}

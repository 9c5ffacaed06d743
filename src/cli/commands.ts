/** The table of commands: one line each, and one file each in `commands/`, loaded only when it is called. */
import type { Command } from 'commander';

export interface CommandFile {
  /** Adds arguments, options, examples and the action to the command of that name. */
  readonly register: (command: Command) => void;
}

export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandFile>;
}

export const commands: readonly CommandRow[] = [
  { name: 'check', summary: 'Check a network file', load: () => import('./commands/check.ts') },
  { name: 'schema', summary: 'Print the JSON Schema of network files', load: () => import('./commands/schema.ts') },
  { name: 'lab', summary: 'Run a whole anycast network on this machine', load: () => import('./commands/lab.ts') },
  { name: 'status', summary: 'Show PoPs, sessions and vantages', load: () => import('./commands/status.ts') },
  {
    name: 'show',
    summary: 'Show the routes and neighbors of running agents',
    load: () => import('./commands/show.ts'),
  },
  { name: 'explain', summary: 'Say why a PoP takes and tells a route', load: () => import('./commands/explain.ts') },
  { name: 'pop', summary: 'List, drain and resume PoPs', load: () => import('./commands/pop.ts') },
  {
    name: 'internet',
    summary: 'The AS-level Internet: how announcements spread',
    load: () => import('./commands/internet.ts'),
  },
  { name: 'control', summary: 'Run control: API, change log and feed', load: () => import('./commands/control.ts') },
  { name: 'agent', summary: 'Run the agent of one PoP', load: () => import('./commands/agent.ts') },
  { name: 'edge', summary: 'Run the edge of one PoP', load: () => import('./commands/edge.ts') },
  { name: 'rpki', summary: 'Ask RPKI whether a route is valid', load: () => import('./commands/rpki.ts') },
  { name: 'mrt', summary: 'Print the routes of MRT dumps and updates', load: () => import('./commands/mrt.ts') },
  {
    name: 'bmp',
    summary: 'Hear what routers tell of their sessions and routes',
    load: () => import('./commands/bmp.ts'),
  },
  { name: 'bgp', summary: 'Decode BGP messages; peer by hand', load: () => import('./commands/bgp.ts') },
];

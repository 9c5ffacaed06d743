/** Reading: the whole network at a glance, its services, domains and the log of changes. */
import { z } from 'zod';
import { serviceIntentSchema } from '../../../network/intent.ts';
import { wholeNumber } from '../parse.ts';
import { type Route, route } from '../route.ts';
import { changeListSchema, domainListSchema, serviceListSchema, statusSchema } from '../schemas.ts';

export const statusRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/status',
    summary: 'PoPs, vantages and domains at a glance',
    access: 'admin',
    answers: { 200: { description: 'The state of the network now.', schema: statusSchema } },
    handle: (control) => control.status(),
  }),
  route({
    method: 'GET',
    path: '/api/v1/services',
    summary: 'The services',
    access: 'admin',
    answers: { 200: { description: 'All services by name.', schema: serviceListSchema } },
    handle: (control) => ({
      services: control.store
        .list('service')
        .map((row) => ({ name: row.name, service: serviceIntentSchema.parse(JSON.parse(row.json as string)) })),
    }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/domains',
    summary: 'The domains and their services',
    access: 'admin',
    query: z.strictObject({
      after: z.string().min(1).max(300).optional(),
      limit: wholeNumber({ minimum: 1, maximum: 10_000 }).optional(),
    }),
    answers: { 200: { description: 'A page of domains by name.', schema: domainListSchema } },
    handle: (control, { query }) => {
      const limit = query.limit ?? 1_000;
      const rows = control.store.list('domain', { afterName: query.after ?? '', limit: limit + 1 });
      const page = rows.slice(0, limit);
      return {
        domains: page.map((row) => ({ name: row.name, service: JSON.parse(row.json as string).service })),
        next: rows.length > limit ? (page.at(-1)?.name ?? null) : null,
      };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/changes',
    summary: 'Who changed what, and when',
    access: 'admin',
    query: z.strictObject({
      after: wholeNumber({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }).optional(),
      limit: wholeNumber({ minimum: 1, maximum: 1_000 }).optional(),
    }),
    answers: { 200: { description: 'A page of the log of changes, oldest first.', schema: changeListSchema } },
    handle: (control, { query }) => {
      const limit = query.limit ?? 100;
      const rows = control.store.history({ after: query.after ?? 0, limit: limit + 1 });
      const page = rows.slice(0, limit);
      return {
        epoch: control.store.epoch,
        changes: page.map(({ at, json, ...row }) => ({
          ...row,
          at: new Date(at).toISOString(),
          action: json === null ? 'removed' : 'set',
          value: json === null ? null : JSON.parse(json),
        })),
        next: rows.length > limit ? (page.at(-1)?.sequence ?? null) : null,
      };
    },
  }),
];

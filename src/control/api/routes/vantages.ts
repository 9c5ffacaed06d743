/** What the vantages see: told by whatever watches the network (the lab, here), shown by status. */
import { z } from 'zod';
import { vantageListSchema } from '../../../feed/vantage.ts';
import { type Route, route } from '../route.ts';

const vantages = vantageListSchema
  .max(1_000)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'two vantages have one name');

export const vantageRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/vantages',
    summary: 'What each vantage reaches',
    access: 'admin',
    answers: { 200: { description: 'All vantages.', schema: z.object({ vantages: vantageListSchema }) } },
    handle: (control) => ({ vantages: control.vantages() }),
  }),
  route({
    method: 'PUT',
    path: '/api/v1/vantages',
    summary: 'Tell what all vantages reach now',
    access: 'admin',
    body: vantages,
    answers: { 200: { description: 'Taken.', schema: z.object({ vantages: z.int() }) } },
    handle: (control, { body }) => {
      control.setVantages(body);
      return { vantages: body.length };
    },
  }),
];

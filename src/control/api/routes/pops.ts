/** PoPs: how each is, and taking one out of service and back. */
import { z } from 'zod';
import { type Route, route } from '../route.ts';
import { drainAnswerSchema, popListSchema, popStatusSchema, problemDetailsSchema } from '../schemas.ts';

const params = z.strictObject({ name: z.string().min(1).max(200) });
const reason = z.string().min(1).max(500).optional().meta({ description: 'For the log of changes.' });
const unknownPop = { description: 'There is no such PoP.', schema: problemDetailsSchema };

export const popRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/pops',
    summary: 'All PoPs',
    access: 'admin',
    answers: { 200: { description: 'All PoPs by name.', schema: popListSchema } },
    handle: (control) => ({ pops: control.popStatuses() }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/pops/{name}',
    summary: 'One PoP',
    access: 'admin',
    params,
    answers: { 200: { description: 'The PoP.', schema: popStatusSchema }, 404: unknownPop },
    handle: (control, input) => control.popStatus(input.params.name),
  }),
  route({
    method: 'POST',
    path: '/api/v1/pops/{name}/drain',
    summary: 'Move a PoP’s users away, then withdraw its routes',
    access: 'admin',
    params,
    body: z.strictObject({
      force: z.boolean().optional().meta({ description: 'Also where too few other PoPs would announce.' }),
      reason,
    }),
    bodyOptional: true,
    answers: {
      200: { description: 'It is asked to drain, or was already.', schema: drainAnswerSchema },
      404: unknownPop,
      409: { description: 'Too few other PoPs would announce.', schema: problemDetailsSchema },
    },
    handle: (control, { params: { name }, body, actor }) => control.drain(name, { ...body, actor }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/pops/{name}/resume',
    summary: 'Put a drained PoP back into service',
    access: 'admin',
    params,
    body: z.strictObject({ reason }),
    bodyOptional: true,
    answers: {
      200: { description: 'It is asked to announce, or was already.', schema: drainAnswerSchema },
      404: unknownPop,
    },
    handle: (control, { params: { name }, body, actor }) => control.resume(name, { ...body, actor }),
  }),
];

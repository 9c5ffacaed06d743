/** For machines that watch control or learn its API: health, metrics, and the OpenAPI document. */
import { z } from 'zod';
import { renderMetrics } from '../../metrics.ts';
import { openApiDocument } from '../openapi.ts';
import { type Route, route } from '../route.ts';

/** `version` is the package's; `others` are the routes that the document describes beside these. */
export function machineRoutes(version: string, others: readonly Route[]): readonly Route[] {
  const own: readonly Route[] = [
    route({
      method: 'GET',
      path: '/healthz',
      summary: 'Is control there?',
      access: 'open',
      answers: { 200: { description: 'It is.', schema: z.object({ status: z.literal('ok') }) } },
      handle: () => ({ status: 'ok' }),
    }),
    route({
      method: 'GET',
      path: '/metrics',
      summary: 'Metrics for Prometheus',
      access: 'admin',
      answers: { 200: { description: 'In the text format.', mediaType: 'text/plain' } },
      handle: async (control, { reply }) => {
        const { text, mediaType } = await renderMetrics(control);
        return reply.type(mediaType).send(text);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/openapi.json',
      summary: 'This API as OpenAPI 3.1',
      access: 'open',
      answers: { 200: { description: 'The document.', schema: z.record(z.string(), z.unknown()) } },
      handle: () => openApiDocument(version, [...others, ...own]),
    }),
  ];
  return own;
}

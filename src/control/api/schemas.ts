/** The shapes that the API answers with: one place for the routes, the OpenAPI document and the command line. */
import { z } from 'zod';
import { popPhaseSchema, sessionReportSchema, stationReportSchema, validationReportSchema } from '../../feed/report.ts';
import { vantageListSchema } from '../../feed/vantage.ts';
import { prefixText, serviceIntentSchema } from '../../network/intent.ts';

export const popStatusSchema = z.object({
  name: z.string(),
  location: z.string(),
  phase: popPhaseSchema,
  reason: z.string().meta({ description: 'Why it is in that phase, for people.' }),
  announced: z.array(prefixText).meta({ description: 'What at least one established session announces.' }),
  drainWanted: z.boolean(),
  agentPid: z.int().nullable(),
  edgePid: z.int().nullable(),
  edgeRestarts: z.int(),
  sessions: z.array(sessionReportSchema),
  validation: validationReportSchema.optional().meta({ description: 'Absent where nobody validates routes.' }),
  stations: z
    .array(stationReportSchema)
    .optional()
    .meta({ description: 'Monitoring stations (BMP); absent where none is to be told.' }),
  feed: z.object({
    connected: z.boolean(),
    through: z.int().meta({ description: 'The change that the agent has applied.' }),
    current: z.boolean().meta({ description: 'It has applied all changes there are.' }),
  }),
  reportAgeMs: z.number().nullable(),
  problems: z.array(z.object({ code: z.string(), what: z.string(), fix: z.string().optional() })),
});
export type PopStatus = z.infer<typeof popStatusSchema>;

export const statusSchema = z.object({
  network: z.string(),
  epoch: z.string(),
  sequence: z.int(),
  pops: z.array(popStatusSchema),
  vantages: vantageListSchema,
  domains: z.array(z.string()).meta({ description: 'The first thousand by name; all: /api/v1/domains.' }),
  domainCount: z.int(),
  problems: z
    .array(z.object({ code: z.string(), what: z.string(), where: z.string().optional(), fix: z.string().optional() }))
    .meta({ description: 'Why the network file as it is now was refused; the last good one is in force.' }),
});
export type Status = z.infer<typeof statusSchema>;

export const popListSchema = z.object({ pops: z.array(popStatusSchema) });

export const serviceListSchema = z.object({
  services: z.array(z.object({ name: z.string(), service: serviceIntentSchema })),
});

export const domainListSchema = z.object({
  domains: z.array(z.object({ name: z.string(), service: z.string() })),
  next: z.string().nullable().meta({ description: 'Ask again with `after` this name; null: that was all.' }),
});

export const changeSchema = z.object({
  sequence: z.int(),
  at: z.iso.datetime(),
  actor: z.string(),
  note: z.string().nullable(),
  kind: z.enum(['pop', 'drain', 'service', 'domain']),
  name: z.string(),
  action: z.enum(['set', 'removed']),
  value: z.unknown(),
});
export const changeListSchema = z.object({
  epoch: z.string(),
  changes: z.array(changeSchema),
  next: z.int().nullable().meta({ description: 'Ask again with `after` this number; null: that was all.' }),
});

export const drainAnswerSchema = z.object({
  sequence: z.int().meta({ description: 'The change that the agent must have applied for this to hold.' }),
  changed: z.boolean().meta({ description: 'False where it was so already.' }),
  pop: popStatusSchema,
});
export type DrainAnswer = z.infer<typeof drainAnswerSchema>;

/** RFC 9457 §3, with our own members. */
export const problemDetailsSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  where: z.string().optional(),
  fix: z.string().optional(),
  problems: z.array(
    z.object({
      code: z.string(),
      severity: z.enum(['error', 'warning']),
      what: z.string(),
      where: z.string().optional(),
      fix: z.string().optional(),
      source: z.string().optional(),
    }),
  ),
});
export type ProblemDetails = z.infer<typeof problemDetailsSchema>;

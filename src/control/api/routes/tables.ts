/** What a PoP's BGP knows: neighbours, routes and their reasons, asked of its agent while somebody waits. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Problem } from '../../../base/problem.ts';
import { type AnswerLine, answerLineSchema, matchSchema, type Question, tableSchema } from '../../../feed/question.ts';
import { explanationSchema, neighborSchema } from '../../../feed/tables.ts';
import { prefixText } from '../../../network/intent.ts';
import type { Control } from '../../control.ts';
import { ApiProblem, apiProblem } from '../api-problem.ts';
import { wholeNumber } from '../parse.ts';
import { type Route, route } from '../route.ts';
import { problemDetailsSchema } from '../schemas.ts';
import { readerLeaves, sendStream } from '../stream.ts';

const params = z.strictObject({ name: z.string().min(1).max(200) });
const failures = {
  404: { description: 'There is no such PoP.', schema: problemDetailsSchema },
  429: { description: 'Too many questions are under way.', schema: problemDetailsSchema },
  503: { description: 'The PoP’s agent is not connected.', schema: problemDetailsSchema },
  504: { description: 'The PoP’s agent did not answer in time.', schema: problemDetailsSchema },
};

export const neighborAnswerSchema = z.object({ pop: z.string(), neighbors: z.array(neighborSchema) });
export const explainAnswerSchema = explanationSchema.extend({ pop: z.string() });

export const tableRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/pops/{name}/neighbors',
    summary: 'The PoP’s BGP neighbors, as its agent sees them now',
    access: 'admin',
    stream: true, // an agent is asked: no HEAD
    params,
    answers: { 200: { description: 'One for each session.', schema: neighborAnswerSchema }, ...failures },
    handle: async (control, { params: { name }, reply }) => {
      const lines = await answerOf(control, reply, name, { kind: 'neighbors' });
      return { pop: name, neighbors: lines.flatMap((line) => ('neighbor' in line ? [line.neighbor] : [])) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/pops/{name}/explain',
    summary: 'Why the PoP reaches a prefix as it does, and what each neighbor is told of it',
    access: 'admin',
    stream: true,
    params,
    query: z.strictObject({ prefix: prefixText }),
    answers: {
      200: { description: 'Every path with its reasons.', schema: explainAnswerSchema },
      ...failures,
    },
    handle: async (control, { params: { name }, query: { prefix }, reply }) => {
      const lines = await answerOf(control, reply, name, { kind: 'explain', prefix });
      const found = lines.find((line) => 'explanation' in line);
      if (found === undefined) throw unreadable(name);
      return { pop: name, ...found.explanation };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/pops/{name}/routes',
    summary: 'Routes of the PoP’s tables, as its agent sees them now',
    access: 'admin',
    stream: true,
    params,
    query: z
      .strictObject({
        table: tableSchema.optional(),
        neighbor: z.string().min(1).max(200).optional(),
        family: z.enum(['4', '6']).transform(Number).optional(),
        prefix: prefixText.optional(),
        match: matchSchema.optional(),
        limit: wholeNumber({ minimum: 1, maximum: 100_000_000 }).optional(),
      })
      .refine((query) => query.match === undefined || query.prefix !== undefined, {
        message: 'match means nothing without prefix',
        path: ['match'],
      }),
    answers: {
      200: {
        description: 'A route a line; the last line is `end`, or `problem`. Without one the answer was cut off.',
        mediaType: 'application/x-ndjson',
      },
      ...failures,
    },
    handle: async (control, { params: { name }, query, reply }) => {
      const { table = 'all', family, ...rest } = query;
      const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
      const question: Question = {
        kind: 'routes',
        table,
        ...given,
        ...(family === undefined ? {} : { family: family === 4 ? 4 : 6 }),
      };
      const answer = control.ask(name, question, readerLeaves(reply));
      // Before the status is sent, so that an agent that is away or refuses is a status and no broken stream.
      const first = await answer.next();
      if (first.done === true) throw unreadable(name);
      const only = first.value.length === 1 ? parseLine(first.value[0] as string, name) : undefined;
      if (only !== undefined && 'problem' in only) {
        await answer.return();
        throw refused(only.problem as Problem);
      }
      await sendStream(reply, first.value, answer);
      return undefined;
    },
  }),
];

/** All lines of a short answer. Throws what the agent says is wrong, and what `Questions.ask` throws. */
async function answerOf(
  control: Control,
  reply: FastifyReply,
  pop: string,
  question: Question,
): Promise<readonly AnswerLine[]> {
  const lines: AnswerLine[] = [];
  for await (const texts of control.ask(pop, question, readerLeaves(reply))) {
    for (const text of texts) lines.push(parseLine(text, pop));
  }
  const problem = lines.find((line) => 'problem' in line)?.problem;
  if (problem !== undefined) throw refused(problem as Problem);
  return lines;
}

function parseLine(text: string, pop: string): AnswerLine {
  try {
    return answerLineSchema.parse(JSON.parse(text));
  } catch {
    throw unreadable(pop);
  }
}

function refused(problem: Problem): ApiProblem {
  const status = problem.code === 'agent.busy' ? 429 : problem.code === 'agent.unknown-neighbor' ? 404 : 400;
  return new ApiProblem(status, [problem]);
}

function unreadable(pop: string): ApiProblem {
  return apiProblem(502, {
    code: 'control.agent-unreadable',
    what: `what the agent of ${pop} answered cannot be read`,
    fix: 'its version is not that of control: upgrade the older one',
  });
}

/** `nearcast internet …`: the AS-level Internet and how announcements spread over it. One file for each few commands. */
import type { Command } from 'commander';
import { registerBench } from './internet-bench.ts';
import { register as registerEvaluate } from './internet-evaluate.ts';
import { registerFetch } from './internet-fetch.ts';
import { registerGenerate } from './internet-generate.ts';
import { registerPredict } from './internet-predict.ts';
import { registerPropagate } from './internet-propagate.ts';
import { registerSearch } from './internet-search.ts';

export function register(command: Command): void {
  registerPropagate(command);
  registerBench(command);
  registerGenerate(command);
  registerFetch(command);
  registerPredict(command);
  registerSearch(command);
  registerEvaluate(command);
}

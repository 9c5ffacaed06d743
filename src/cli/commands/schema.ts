/** `nearcast schema`: the network file's JSON Schema, for completion and documentation in editors. */
import type { Command } from 'commander';
import { networkJsonSchema } from '../../network/schema/json-schema.ts';

export function register(command: Command): void {
  command
    .addHelpText(
      'after',
      `
Examples:
  nearcast schema > nearcast.schema.json
  then, as the first line of a network file, for editors with a YAML language server:
  # yaml-language-server: $schema=./nearcast.schema.json`,
    )
    .action(() => {
      process.stdout.write(`${JSON.stringify(networkJsonSchema(), null, 2)}\n`);
    });
}

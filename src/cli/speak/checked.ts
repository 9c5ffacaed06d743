/**
 * Reads a YAML file against a schema, with the network file's own machinery: all problems at once, each at its line and column.
 *
 * Why the codes are others: what is wrong stands in another kind of file, and `speak.*` says in which.
 */
import { z } from 'zod';
import { type Problem, ProblemError } from '../../base/problem.ts';
import { faultsOf } from '../../network/schema/issues.ts';
import { formatPath, type Path, readYaml, type YamlText } from '../../network/yaml.ts';

/** Where the value, or the key, at a path stands: in a file, or in a flag. */
export type Place = (path: Path, at: 'key' | 'value') => string;

/** Throws all that keeps the text from being YAML; `file` stands in its problems. */
export function yamlOf(text: string, file: string): YamlText {
  const { yaml, problems } = readYaml(text);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (yaml !== undefined && errors.length === 0) return yaml;
  throw new ProblemError(
    errors.map(({ place, code, ...problem }) => ({
      ...problem,
      code: speakCode(code),
      where: `${file}:${place.line}:${place.column}`,
    })),
  );
}

export function placeIn(file: string, yaml: YamlText): Place {
  return (path, at) => {
    const { line, column } = yaml.locate(path, at);
    return `${file}:${line}:${column}  ${formatPath(path)}`.trimEnd();
  };
}

/** The value as the schema makes it. Throws all problems at once. */
export function checked<S extends z.ZodType>(schema: S, value: unknown, place: Place): z.output<S> {
  const result = z.safeParse(schema, value, { reportInput: true });
  if (result.success) return result.data;
  throw new ProblemError(
    result.error.issues
      .flatMap((issue) => faultsOf(issue, schema, value))
      .map(({ path, at, code, fix, ...fault }): Problem => {
        const where = place(path, at);
        return { severity: 'error', code: speakCode(code), ...fault, ...(fix && { fix: fixAt(fix, where) }), where };
      }),
  );
}

function speakCode(code: string): string {
  return code.replace(/^network\./, 'speak.');
}

/** The example of a fix as the place has it: `asn=64500` in a peer's flag, `--local-as 64500` for our own. */
function fixAt(fix: string, where: string): string {
  if (!where.startsWith('--')) return fix;
  return fix.replace(/for example (\w+): (.+)$/, (_, word: string, value: string) =>
    where.includes(' ') ? `for example ${word}=${value}` : `for example ${where} ${value}`,
  );
}

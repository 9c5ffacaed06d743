/** All rules, and the one pass over them. To add a rule, add it to the table of its file. */
import { asnRules } from './asn.ts';
import { bfdRules } from './bfd.ts';
import { bmpRules } from './bmp.ts';
import { domainRules } from './domain.ts';
import { popRules } from './pop.ts';
import { prefixRules } from './prefix.ts';
import { rpkiRules } from './rpki.ts';
import type { Finding, LintContext, Rule } from './rule.ts';
import { serviceRules } from './service.ts';
import { sessionEndRules } from './session-ends.ts';
import { sessionSettingRules } from './session-settings.ts';

export const rules: readonly Rule[] = [
  ...asnRules,
  ...prefixRules,
  ...popRules,
  ...sessionEndRules,
  ...sessionSettingRules,
  ...bfdRules,
  ...rpkiRules,
  ...bmpRules,
  ...serviceRules,
  ...domainRules,
];

export function lint(context: LintContext): readonly Finding[] {
  return rules
    .flatMap((rule) => [...rule.find(context)])
    .filter(({ level }) => level !== 'production-only' || context.production);
}

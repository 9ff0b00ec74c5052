import { creator } from '@secretlint/secretlint-rule-preset-recommend';

/** The parts of secretlint's interface for rules that are used here. */
interface Rule {
  readonly meta: { readonly id: string };
  create(context: object, options: object): { file?(source: object): unknown };
}
interface Preset {
  create(context: { registerRule(rule: Rule): void }, options: object): void;
}

/** Rules that find a notation, not a token. src/redaction/secrets/ contains parsers for these notations. */
const NOTATIONS = new Set([
  'aws',
  'privatekey',
  'basicauth',
  'database-connection-string',
  'filter-comments',
]);

/**
 * The regular expressions of secretlint's recommended rules. The package does not list them, so each rule gets a text that
 * records the expressions that are applied to it.
 */
export function readSecretlintPatterns(): { id: string; pattern: RegExp }[] {
  const found: { id: string; pattern: RegExp }[] = [];
  const register = (rule: Rule) => {
    const id = rule.meta.id.replace(/^.*rule-/, '');
    if (NOTATIONS.has(id)) return;
    const content = {
      matchAll(pattern: RegExp) {
        found.push({ id, pattern });
        return [];
      },
    };
    const context = { report: () => undefined, createTranslator: () => () => '' };
    rule.create(context, {}).file?.({ content, filePath: 'a.txt', contentType: 'text', ext: '.txt' });
  };
  (creator as unknown as Preset).create({ registerRule: register }, {});
  if (found.length === 0) throw new Error('expected patterns in the rules of secretlint, found none');
  return found;
}

import { z } from 'zod';

import type { Fix, Issue } from '../../contract/issue.ts';
import { LineOffsets } from './line-offsets.ts';

const position = z.object({ line: z.number(), character: z.number() });
const range = z.object({ start: position, end: position });

const diagnosticsAnswer = z.object({
  items: z.array(
    z.object({
      range,
      severity: z.number().optional(),
      code: z.string().nullish(),
      message: z.string(),
    }),
  ),
});

const actionsAnswer = z
  .array(
    z.object({
      title: z.string(),
      isPreferred: z.boolean().optional(),
      edit: z.object({ changes: z.record(z.string(), z.array(z.object({ range, newText: z.string() }))) }),
    }),
  )
  .nullish();

type Diagnostic = z.infer<typeof diagnosticsAnswer>['items'][number];
type Actions = NonNullable<z.infer<typeof actionsAnswer>>;

/** Rules whose fixes never change the meaning of the code. Issues of other rules are reported without a fix. */
const FIXED_RULES = new Set([
  'no-compare-neg-zero',
  'no-unsafe-negation',
  'typescript/no-extra-non-null-assertion',
  'typescript/no-wrapper-object-types',
  'use-isnan',
  'valid-typeof',
]);

const ERROR = 1;
const WARNING = 2;
const LAST_ACTION = /^Disable (\S+) for this whole file$/;

/** Converts oxlint's diagnostics of `text`, which has no byte order mark. */
export function readDiagnostics(text: string, diagnostics: unknown, actions: unknown): Issue[] {
  const offsets = new LineOffsets(text);
  const { items: all } = diagnosticsAnswer.parse(diagnostics);
  // Hints refer to other positions of the same problem.
  const items = all.filter(({ severity = ERROR }) => severity <= WARNING);
  const fixes = fixesByDiagnostic(items, actionsAnswer.parse(actions) ?? [], (edits) =>
    mergeEdits(text, offsets, edits),
  );
  return items
    .map((item, index): Issue => {
      const rule = ruleOf(item);
      return {
        line: item.range.start.line + 1,
        column: item.range.start.character + 1,
        rule,
        severity: item.severity !== WARNING || rule === null ? 'error' : 'warning',
        // The other lines are hints for people in an editor.
        message: item.message.split('\nhelp:', 1)[0] ?? '',
        fix: fixes[index] ?? null,
      };
    })
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** Turns `eslint(no-var)` into `no-var`, and `oxc(missing-throw)` into `oxc/missing-throw`. */
function ruleOf({ code }: Diagnostic): string | null {
  const [, plugin, name] = /^([\w-]+)\((.+)\)$/.exec(code ?? '') ?? [];
  if (name === undefined) return code ? code : null;
  return plugin === 'eslint' ? name : `${plugin}/${name}`;
}

/**
 * Matches code actions with diagnostics, which have the same order. The last action of a diagnostic disables its rule. If
 * that rule does not match, no fix is used.
 */
function fixesByDiagnostic(
  items: readonly Diagnostic[],
  actions: Actions,
  merge: (edits: Actions[number]['edit']) => Fix | null,
): (Fix | null)[] {
  const fixes: (Fix | null)[] = [];
  const rules = items.map(ruleOf);
  const named = rules.flatMap((rule, index) => (rule === null ? [] : [{ rule, index }]));
  let next = 0;
  let fix: Fix | null = null;
  for (const { title, isPreferred, edit } of actions) {
    if (isPreferred) fix ??= merge(edit);
    const disabled = LAST_ACTION.exec(title)?.[1];
    if (disabled === undefined) continue;
    const item = named[next];
    if (!item || !isSameRule(item.rule, disabled)) return [];
    if (FIXED_RULES.has(item.rule)) fixes[item.index] = fix;
    next += 1;
    fix = null;
  }
  return next === named.length ? fixes : [];
}

function isSameRule(rule: string, disabled: string): boolean {
  return rule === disabled || rule.endsWith(`/${disabled}`) || disabled.endsWith(`/${rule}`);
}

/** Combines several edits into one replacement. */
function mergeEdits(text: string, offsets: LineOffsets, { changes }: Actions[number]['edit']): Fix | null {
  const edits = Object.values(changes)
    .flat()
    .map(({ range: { start, end }, newText }) => ({
      start: offsets.offsetOf(start.line, start.character),
      end: offsets.offsetOf(end.line, end.character),
      text: newText,
    }))
    .toSorted((a, b) => a.start - b.start);
  const [first] = edits;
  const last = edits.at(-1);
  if (!first || !last) return null;
  let merged = '';
  let position = first.start;
  for (const edit of edits) {
    if (edit.start < position || edit.end < edit.start) return null;
    merged += text.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  return { start: first.start, end: last.end, text: merged };
}

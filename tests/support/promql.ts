import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** A vector or matrix selector, with the functions that contain it. */
export interface Selector {
  /** The metric's name, before or in the braces. Undefined without a name. */
  readonly metric: string | undefined;
  /** All matchers except that of the name. */
  readonly matchers: readonly Matcher[];
  /** The range of a matrix selector, as written. */
  readonly range: string | undefined;
  /** Names of the function calls that contain it, from the inside out. */
  readonly functions: readonly string[];
  /** The selector's text. */
  readonly text: string;
}

interface FunctionCall {
  readonly name: string;
  /** The range of its matrix selector or subquery, if it has one. */
  readonly range: string | undefined;
  readonly text: string;
}

interface Aggregation {
  readonly operator: string;
  readonly grouping: 'by' | 'without' | undefined;
  readonly labels: readonly string[];
  /** Names of the function calls that contain it, from the inside out. */
  readonly functions: readonly string[];
  readonly text: string;
}

export interface PromQl {
  readonly selectors: readonly Selector[];
  readonly calls: readonly FunctionCall[];
  readonly aggregations: readonly Aggregation[];
  /** Binary operators, by their names in the grammar (`Div`, `And`). */
  readonly operators: readonly string[];
  /** Number literals, as written. */
  readonly numbers: readonly string[];
}

/**
 * The parts of a PromQL expression, from its syntax tree. Grafana's variables must be replaced before.
 *
 * @throws SyntaxError with the position of the error
 */
export function parsePromQl(expr: string): PromQl {
  const found = { selectors: [], calls: [], aggregations: [], operators: [], numbers: [] } as {
    selectors: Selector[];
    calls: FunctionCall[];
    aggregations: Aggregation[];
    operators: string[];
    numbers: string[];
  };
  const textOf = (node: { from: number; to: number }) => expr.slice(node.from, node.to);
  parser.parse(expr).iterate({
    enter({ node, type, from }) {
      if (type.isError) {
        throw new SyntaxError(`not PromQL at “${expr.slice(from, from + 30)}” (character ${from}): ${expr}`);
      }
      if (type.name === 'VectorSelector') found.selectors.push(selector(node, textOf));
      if (type.name === 'FunctionCall') found.calls.push(functionCall(node, textOf));
      if (type.name === 'AggregateExpr') found.aggregations.push(aggregation(node, textOf));
      if (type.name === 'BinaryExpr') found.operators.push(node.firstChild?.nextSibling?.name ?? '');
      if (type.name === 'NumberDurationLiteral') found.numbers.push(textOf(node));
    },
  });
  return found;
}

type TextOf = (node: { from: number; to: number }) => string;

function selector(node: SyntaxNode, textOf: TextOf): Selector {
  const inBraces = node.getChild('LabelMatchers');
  const all = inBraces
    ? inBraces.getChildren('UnquotedLabelMatcher').map((child) => matcher(child, textOf))
    : [];
  const identifier = node.getChild('Identifier');
  const quoted = inBraces?.getChild('QuotedLabelName');
  const named = all.find(({ label, operator }) => label === '__name__' && operator === '=');
  const metric = identifier ? textOf(identifier) : quoted ? unquote(textOf(quoted)) : named?.value;
  const matrix = node.parent?.name === 'MatrixSelector' ? node.parent : null;
  return {
    metric,
    matchers: all.filter((one) => one !== named),
    range: matrix ? rangeOf(matrix, textOf) : undefined,
    functions: functionsAround(node, textOf),
    text: textOf(matrix ?? node),
  };
}

function matcher(node: SyntaxNode, textOf: TextOf): Matcher {
  const child = (name: string) => textOf(node.getChild(name) ?? { from: 0, to: 0 });
  return {
    label: child('LabelName'),
    operator: child('MatchOp') as Matcher['operator'],
    value: unquote(child('StringLiteral')),
  };
}

function functionCall(node: SyntaxNode, textOf: TextOf): FunctionCall {
  const body = node.getChild('FunctionCallBody');
  const ranged = body?.getChild('MatrixSelector') ?? body?.getChild('SubqueryExpr');
  return {
    name: nameOf(node, textOf),
    range: ranged ? rangeOf(ranged, textOf) : undefined,
    text: textOf(node),
  };
}

function aggregation(node: SyntaxNode, textOf: TextOf): Aggregation {
  const modifier = node.getChild('AggregateModifier');
  const labels = modifier?.getChild('GroupingLabels')?.getChildren('LabelName') ?? [];
  return {
    operator: textOf(node.getChild('AggregateOp') ?? node),
    grouping: modifier ? (modifier.getChild('By') ? 'by' : 'without') : undefined,
    labels: labels.map(textOf),
    functions: functionsAround(node, textOf),
    text: textOf(node),
  };
}

function functionsAround(node: SyntaxNode, textOf: TextOf): string[] {
  const names: string[] = [];
  for (let around = node.parent; around; around = around.parent) {
    if (around.name === 'FunctionCall') names.push(nameOf(around, textOf));
  }
  return names;
}

function nameOf(call: SyntaxNode, textOf: TextOf): string {
  return textOf(call.getChild('FunctionIdentifier') ?? { from: 0, to: 0 });
}

function rangeOf(node: SyntaxNode, textOf: TextOf): string {
  return textOf(node.getChild('DurationExpr') ?? { from: 0, to: 0 });
}

function unquote(literal: string): string {
  return literal.startsWith('"') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
}

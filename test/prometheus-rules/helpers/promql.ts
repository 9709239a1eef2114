import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** A selector of series, `up{job="shop"}`, with the labels that its matchers name. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** Labels in a list, as after `by` or `on`, and the series that have them or not. */
export interface Grouping {
  readonly labels: readonly string[];
  readonly among: readonly Selector[];
}

export interface Expression {
  readonly selectors: readonly Selector[];
  readonly groupings: readonly Grouping[];
}

/** The selectors and groupings of an expression, by Prometheus' own grammar. Throws if that finds a fault. */
export function parseExpression(promql: string): Expression {
  const top = parser.parse(promql).topNode;
  const broken = descendants(top, '⚠')[0];
  if (broken !== undefined) throw new Error(`not PromQL at character ${broken.from}: ${promql}`);
  const textOf = ({ from, to }: SyntaxNode) => promql.slice(from, to);
  const selectorsIn = (node: SyntaxNode): Selector[] =>
    descendants(node, 'VectorSelector').map((selector) => {
      const name = selector.getChild('Identifier');
      if (name === null) throw new Error(`a selector without a metric's name in ${promql}`);
      return { metric: textOf(name), labels: descendants(selector, 'LabelName').map(textOf) };
    });
  const groupings = descendants(top, 'GroupingLabels').map((list) => ({
    labels: descendants(list, 'LabelName').map(textOf),
    among: selectorsIn(ancestor(list, ['AggregateExpr', 'BinaryExpr'])),
  }));
  return { selectors: selectorsIn(top), groupings };
}

function descendants(node: SyntaxNode, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  node.cursor().iterate((inner) => {
    if (inner.name === name) found.push(inner.node);
  });
  return found;
}

function ancestor(node: SyntaxNode, names: readonly string[]): SyntaxNode {
  for (let above = node.parent; above !== null; above = above.parent) {
    if (names.includes(above.name)) return above;
  }
  throw new Error(`${node.name} is in none of ${names.join(', ')}`);
}

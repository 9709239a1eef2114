import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** Units with their exponents: bytes per second are By¹ s⁻¹, and a ratio has none. */
export type Dimension = Readonly<Record<string, number>>;

/** The kind of a query's values. */
export interface Quantity {
  /** Undefined for a plain number, which takes the unit of what is beside it. */
  readonly dimension: Dimension | undefined;
  /** Histograms only: the dimension of the buckets' bounds. `dimension` is that of the counts. */
  readonly bounds?: Dimension;
}

/** A metric's unit by its contract, and its name, which stands for the events that a histogram counts. */
export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly isHistogram: boolean;
}

/**
 * The quantity that a query asks for. Throws for a query that adds or joins different units, and for parts of PromQL
 * that no dashboard has.
 *
 * @param measured the metric with this name in Prometheus, without `_bucket`, `_count` and `_sum`
 */
export function quantityOf(promql: string, measured: (name: string) => Measured | undefined): Quantity {
  // Prometheus' grammar does not know Grafana's variables. Those outside strings are durations.
  const query = promql.replaceAll(/\[\$\w+\]/g, '[5m]');
  return expression(parser.parse(query).topNode.firstChild);

  function expression(node: SyntaxNode | null): Quantity {
    switch (node?.name) {
      case 'ParenExpr':
        return expression(node.firstChild);
      case 'NumberDurationLiteral':
        return { dimension: undefined };
      case 'MatrixSelector':
        return expression(node.getChild('VectorSelector'));
      case 'VectorSelector':
        return series(text(node.getChild('Identifier')));
      case 'AggregateExpr':
        if (text(node.getChild('AggregateOp')) === 'count') return { dimension: { '{series}': 1 } };
        return expression(node.getChild('FunctionCallBody')?.lastChild ?? null);
      case 'FunctionCall':
        return call(text(node.getChild('FunctionIdentifier')), node.getChild('FunctionCallBody'));
      case 'BinaryExpr':
        return binary(node, operator(node));
      default:
        return unknown(`${node?.name}`);
    }
  }

  function series(name: string): Quantity {
    const whole = measured(name);
    const [, base = '', part] = /^(.+)_(bucket|count|sum)$/.exec(name) ?? [];
    const metric = whole ?? measured(base) ?? unknown(name);
    const unit = dimensionOf(metric.unit);
    if (!metric.isHistogram || part === 'sum') return { dimension: unit };
    const events = { [`{${metric.name}}`]: 1 };
    return part === 'count' ? { dimension: events } : { dimension: events, bounds: unit };
  }

  function call(name: string, body: SyntaxNode | null): Quantity {
    const first = () => expression(body?.firstChild ?? null);
    const histogram = (node: SyntaxNode | null | undefined) => {
      const { dimension, bounds } = expression(node ?? null);
      return dimension !== undefined && bounds !== undefined ? { dimension, bounds } : unknown(name);
    };
    switch (name) {
      case 'rate': {
        const { dimension = {}, ...rest } = first();
        return { ...rest, dimension: product(dimension, { s: 1 }, -1) };
      }
      case 'histogram_count':
        return { dimension: histogram(body?.firstChild).dimension };
      case 'histogram_sum':
        // The dashboards take it of rates only.
        return { dimension: product(histogram(body?.firstChild).bounds, { s: 1 }, -1) };
      case 'histogram_quantile':
        return { dimension: histogram(body?.lastChild).bounds };
      case 'label_replace':
        return first();
      case 'vector':
        return { dimension: undefined };
      case 'time':
        return { dimension: { s: 1 } };
      default:
        return unknown(name);
    }
  }

  function binary(node: SyntaxNode, sign: string): Quantity {
    const left = expression(node.firstChild);
    // The other side only selects series.
    if (sign === 'and') return left;
    const right = expression(node.lastChild);
    if (sign === '/' || sign === '*') {
      const exponent = sign === '/' ? -1 : 1;
      const isNumber = left.dimension === undefined && right.dimension === undefined;
      // `0 * x` has the unit of x, and so has `x / 2`.
      return isNumber ? left : { dimension: product(left.dimension ?? {}, right.dimension ?? {}, exponent) };
    }
    if (left.dimension === undefined) return right;
    if (right.dimension !== undefined && textOf(left.dimension) !== textOf(right.dimension)) {
      throw new Error(`${textOf(left.dimension)} ${sign} ${textOf(right.dimension)}: ${promql}`);
    }
    return left;
  }

  function operator(node: SyntaxNode): string {
    return text(node.firstChild?.nextSibling ?? null);
  }

  function text(node: SyntaxNode | null): string {
    return node === null ? '' : query.slice(node.from, node.to);
  }

  function unknown(what: string): never {
    throw new Error(`the unit of ${what} is not known: ${promql}`);
  }
}

/** `By s^-1`; empty for a ratio. */
export function textOf(dimension: Dimension): string {
  return Object.entries(dimension)
    .sort(([, one], [, other]) => other - one)
    .map(([unit, exponent]) => (exponent === 1 ? unit : `${unit}^${exponent}`))
    .join(' ');
}

function dimensionOf(unit: string): Dimension {
  return unit === '1' || unit === '' ? {} : { [unit]: 1 };
}

function product(one: Dimension, other: Dimension, exponent: number): Dimension {
  const result = { ...one };
  for (const [unit, own] of Object.entries(other)) {
    const sum = (result[unit] ?? 0) + own * exponent;
    if (sum === 0) delete result[unit];
    else result[unit] = sum;
  }
  return result;
}

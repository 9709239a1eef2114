import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../harness/service.ts';

export interface DocumentedQuery {
  /** The heading above it. */
  readonly heading: string;
  readonly promql: string;
}

const HEADING = /^#+ (.*)$/;

/** The queries of a document in docs/: paragraphs of its code blocks that are marked `promql`. */
export function documentedQueries(document: string): DocumentedQuery[] {
  const queries: DocumentedQuery[] = [];
  let heading = '';
  let block: string[] | undefined;
  for (const line of readFileSync(join(REPOSITORY, 'docs', document), 'utf8').split('\n')) {
    if (block === undefined) {
      heading = HEADING.exec(line)?.[1] ?? heading;
      if (line === '```promql') block = [];
    } else if (line === '```') {
      const paragraphs = block.join('\n').split(/\n\n+/);
      queries.push(...paragraphs.map((promql) => ({ heading, promql })));
      block = undefined;
    } else {
      block.push(line);
    }
  }
  return queries;
}

/** The headings of a document in docs/, of the given depth, in order. */
export function headings(document: string, depth: number): string[] {
  const mark = `${'#'.repeat(depth)} `;
  return readFileSync(join(REPOSITORY, 'docs', document), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(mark))
    .map((line) => line.slice(mark.length));
}

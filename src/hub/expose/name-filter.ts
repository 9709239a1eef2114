import { type Family, sampleNames } from './families.ts';

/**
 * The families that the request's target asks for. As in Prometheus' own client libraries, each `name[]` in its
 * query names a family or a sample. Without a `name[]` it asks for all families.
 */
export function filterByName(families: readonly Family[], target: string): readonly Family[] {
  const query = /\?([^#]*)/.exec(target)?.[1] ?? '';
  const wanted = new Set(new URLSearchParams(query).getAll('name[]').filter((name) => name !== ''));
  if (wanted.size === 0) return families;
  return families.filter((family) => namesOf(family).some((name) => wanted.has(name)));
}

/** The names of a family's samples, in any format. */
function namesOf({ name, type }: Family): string[] {
  if (type === 'counter') {
    const stem = name.replace(/_total$/, '');
    return [name, stem, `${stem}_created`];
  }
  return type === 'info' ? [name, name.replace(/_info$/, '')] : sampleNames(name, type);
}

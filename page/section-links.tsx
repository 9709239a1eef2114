import { useEffect } from 'preact/hooks';
import type { SectionView } from '../src/hub/page/wire.ts';

interface SectionLinksProps {
  readonly sections: readonly Pick<SectionView, 'id' | 'title'>[];
}

/** Links to the sections of the overview, whose addresses are `#section-<id>`. */
export function SectionLinks({ sections }: SectionLinksProps) {
  // The browser looked for the section before the first frame came.
  useEffect(() => document.getElementById(location.hash.slice(1))?.scrollIntoView(), []);
  return (
    <nav class="sections" aria-label="Sections">
      {sections.map(({ id, title }) => (
        <a key={id} href={`#section-${id}`}>
          {title}
        </a>
      ))}
    </nav>
  );
}

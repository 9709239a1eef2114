import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Pixels above and below the visible part that have rows too. */
const OVERSCAN_PX = 400;

interface VirtualListProps<T> {
  readonly label: string;
  readonly items: readonly T[];
  /** Pixels; known without drawing the item. */
  readonly heightOf: (item: T) => number;
  readonly keyOf: (item: T) => string;
  readonly children: (item: T) => ComponentChildren;
}

/**
 * A scrolling list that draws the items in sight only. The items' heights are known, so it takes a sum and no library:
 * those are for heights that the browser has to measure.
 */
export function VirtualList<T>({ label, items, heightOf, keyOf, children }: VirtualListProps<T>) {
  const box = useRef<HTMLUListElement>(null);
  const [{ top, height }, setView] = useState({ top: 0, height: 1000 });
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const watch = new ResizeObserver(look);
    watch.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      watch.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, []);
  let before = 0;
  let shown = 0;
  let after = 0;
  const drawn: { item: T; place: number; height: number }[] = [];
  items.forEach((item, i) => {
    const own = heightOf(item);
    const begin = before + shown + after;
    if (begin + own < top - OVERSCAN_PX) before += own;
    else if (begin > top + height + OVERSCAN_PX) after += own;
    else {
      shown += own;
      drawn.push({ item, place: i + 1, height: own });
    }
  });
  return (
    <ul ref={box} aria-label={label}>
      <li aria-hidden="true" style={{ height: `${before}px` }} />
      {drawn.map(({ item, place, height }) => (
        <li
          key={keyOf(item)}
          style={{ height: `${height}px` }}
          aria-posinset={place}
          aria-setsize={items.length}
        >
          {children(item)}
        </li>
      ))}
      <li aria-hidden="true" style={{ height: `${after}px` }} />
    </ul>
  );
}

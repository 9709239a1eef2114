import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

interface PlotSpec {
  /** A plot is made anew when it changes. */
  readonly shape: string;
  readonly height: number;
  readonly options: (width: number) => uPlot.Options;
  readonly data: () => uPlot.AlignedData;
  /** The data are drawn again when one of these changes. */
  readonly changes: readonly unknown[];
}

/** Keeps a plot in an element, as wide as it. */
export function usePlot({
  shape,
  height,
  options,
  data,
  changes,
}: PlotSpec): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const made = new uPlot(options(element.clientWidth), data(), element);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [shape]);
  useEffect(() => {
    plot.current?.setData(data());
  }, [shape, ...changes]);
  return box;
}

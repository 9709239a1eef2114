import { diag } from '../base/diag.ts';
import { reasonOf } from '../base/reason.ts';

/** Fewer new series take a scrape a few milliseconds. */
const MIN_NEW_SERIES = 1000;
/** A service that is never scraped does not pay for the labels of more series, some 300 bytes each. */
const MAX_SERIES = 100_000;
/** Milliseconds without new series before the hub prepares. */
const QUIET_MS = 200;

export interface PreparationOptions {
  /** The number of series of this process. */
  readonly countSeries: () => number;
  /** Does what a scrape does, but for writing the text. */
  readonly prepare: () => Promise<void>;
}

/**
 * Makes the labels of new series before a scraper asks for them, while nothing is announced: of a first scrape they are
 * the greater part. It prepares again only when the series have grown by half, so that it never does more than twice
 * the work of one scrape of all series. `bench/scrape.ts` measures it.
 */
export class Preparation {
  private readonly options: PreparationOptions;
  /** The number of series when they were translated last. */
  private known = 0;
  private timer: NodeJS.Timeout | undefined;
  private isPreparing = false;

  constructor(options: PreparationOptions) {
    this.options = options;
  }

  /** Call it when series are announced. */
  announced(): void {
    if (this.timer === undefined) this.timer = setTimeout(() => void this.run(), QUIET_MS).unref();
    else this.timer.refresh();
  }

  /** Call it after a scrape, which has translated all series. */
  scraped(): void {
    this.known = this.options.countSeries();
  }

  private async run(): Promise<void> {
    this.timer = undefined;
    const count = this.options.countSeries();
    const added = count - this.known;
    if (this.isPreparing || count > MAX_SERIES || added < Math.max(MIN_NEW_SERIES, this.known / 2)) return;
    this.isPreparing = true;
    this.known = count;
    try {
      await this.options.prepare();
    } catch (error) {
      // The scrape that meets the same fault reports it.
      diag.debug(`series were not prepared: ${reasonOf(error)}`);
    } finally {
      this.isPreparing = false;
    }
  }
}

import { warnOnce } from '../../../base/safely.ts';
import type { Delivery } from './delivery.ts';

/** Deliveries that a channel keeps apart until they are settled. A consumer without `prefetch()` may have any number. */
const MAX_UNSETTLED = 10_000;

/** `error.type` of messages whose channel closed before they were settled. The broker delivers them again. */
export const CHANNEL_CLOSED = 'channel-closed';

/** The deliveries of a channel that wait for an acknowledgement, by their tags, which ascend. */
export class UnsettledDeliveries {
  private readonly byTag = new Map<number, Delivery>();

  add(tag: number, delivery: Delivery): void {
    this.byTag.set(tag, delivery);
    if (this.byTag.size <= MAX_UNSETTLED) return;
    const [oldest = tag] = this.byTag.keys();
    this.byTag.delete(oldest);
    warnOnce(
      'unsettled deliveries',
      `more than ${MAX_UNSETTLED} messages of a channel of amqplib wait for an acknowledgement; the processing of the ` +
        'oldest is not recorded. Limit them with channel.prefetch().',
    );
  }

  /** @param error `error.type`; undefined for an acknowledgement */
  settle(tag: number, error: string | undefined): void {
    this.byTag.get(tag)?.end(error);
    this.byTag.delete(tag);
  }

  settleUpTo(tag: number, error: string | undefined): void {
    for (const [earlier, delivery] of this.byTag) {
      if (earlier > tag) return;
      delivery.end(error);
      this.byTag.delete(earlier);
    }
  }
}

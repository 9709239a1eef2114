/**
 * A cache of the entries that were used last: at least the last `size` keys and at most twice as many. When the young
 * half is full it becomes the old half. Using an entry of the old half moves it to the young one.
 */
export class Recent<Key, Value> {
  private readonly size: number;
  private young = new Map<Key, Value>();
  private old = new Map<Key, Value>();

  constructor(size: number) {
    this.size = size;
  }

  get(key: Key): Value | undefined {
    const value = this.young.get(key);
    if (value !== undefined) return value;
    const older = this.old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: Key, value: Value): void {
    if (this.young.size >= this.size) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
  }
}

/** The last, the smallest and the greatest size, in bytes; -1 before the first, as in ZooKeeper. */
export class SizeSummary {
  last = -1;
  min = -1;
  max = -1;

  add(bytes: number): void {
    this.last = bytes;
    if (bytes < this.min || this.min === -1) this.min = bytes;
    if (bytes > this.max) this.max = bytes;
  }

  reset(): void {
    this.last = -1;
    this.min = -1;
    this.max = -1;
  }
}

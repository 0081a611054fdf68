import { InvariantError } from '@conclave/protocol';

/** Counts the connections of each address, up to a limit. */
export class AddressLimit {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  /** A `max` of 0 means no limit, as in ZooKeeper's `maxClientCnxns`. */
  constructor(max: number) {
    this.#max = max === 0 ? Number.POSITIVE_INFINITY : max;
  }

  countOf(address: string): number {
    return this.#counts.get(address) ?? 0;
  }

  /** Counts one more connection. Returns false, and counts nothing, if the address has as many as it may. */
  take(address: string): boolean {
    const count = this.countOf(address);
    if (count >= this.#max) return false;
    this.#counts.set(address, count + 1);
    return true;
  }

  release(address: string): void {
    const count = this.countOf(address) - 1;
    if (count < 0) throw new InvariantError(`${address} has lost a connection that it did not have`);
    if (count > 0) this.#counts.set(address, count);
    else this.#counts.delete(address);
  }
}

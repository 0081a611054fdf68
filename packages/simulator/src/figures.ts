import { faultTypes } from './faults/fault.ts';
import type { RunReport } from './report.ts';
import type { Tally } from './tally.ts';
import { realNowMs } from './world/real-world.ts';

/** Sums the figures of many runs. */
export class Figures {
  readonly #startedMs = realNowMs();
  readonly #faults = new Map<string, number>(faultTypes.map((type) => [type, 0]));
  readonly #tally: Tally = { acknowledged: 0, refused: 0, unknown: 0, lateUses: 0 };
  failures = 0;
  runs = 0;
  #simulatedMs = 0;
  #events = 0;
  #epochs = 0;
  #transactions = 0;
  #truncations = 0;
  #snapshots = 0;

  add(report: RunReport): void {
    this.runs++;
    if (report.failure !== undefined) this.failures++;
    this.#simulatedMs += report.simulatedMs;
    this.#events += report.events;
    this.#epochs += report.epochs;
    this.#transactions += report.transactions;
    this.#truncations += report.truncations;
    this.#snapshots += report.snapshots;
    for (const [type, count] of Object.entries(report.faults)) {
      this.#faults.set(type, (this.#faults.get(type) ?? 0) + count);
    }
    for (const key of Object.keys(this.#tally) as (keyof Tally)[]) this.#tally[key] += report.tally[key];
  }

  /** Returns one line. */
  describeSpeed(): string {
    const seconds = (realNowMs() - this.#startedMs) / 1000;
    const perSecond = (this.runs / seconds).toFixed(2);
    return `${this.runs} seeds in ${seconds.toFixed(1)} s (${perSecond} a second), ${this.failures} failed`;
  }

  /** Returns several lines. */
  describe(): string {
    const { acknowledged, refused, unknown, lateUses } = this.#tally;
    const faults = [...this.#faults];
    const sum = faults.reduce((total, [, count]) => total + count, 0);
    return [
      this.describeSpeed(),
      `${(this.#simulatedMs / 3_600_000).toFixed(2)} simulated hours, ${this.#events} events, ${this.#epochs} epochs, ` +
        `${this.#transactions} transactions, ${this.#truncations} logs cut back, ${this.#snapshots} snapshots`,
      `${sum} faults: ${faults.map(([type, count]) => `${count} ${type}`).join(', ')}`,
      `calls: ${acknowledged} acknowledged, ${refused} refused, ${unknown} unknown; ${lateUses} late uses stopped by fencing`,
    ].join('\n');
  }
}

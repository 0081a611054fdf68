/** One line of the story. */
export interface TraceLine {
  readonly atMs: number;
  /** The machine it happened to: `s1`, `c3`; `-` for the world. */
  readonly machine: string;
  /** The other machine, for what was sent. */
  readonly peer: string | undefined;
  readonly text: string;
}

/** A millisecond in the hash: moments that differ at all differ there. */
const TIME_UNITS = 2 ** 20;
/** Beyond this many lines the oldest are forgotten, a tenth at a time. */
const LINES_MAX = 400_000;

/**
 * What happened in a run. A hash of all of it is always kept; the lines only when they are wanted, since most runs are
 * never read.
 */
export class Trace {
  readonly isRecorded: boolean;
  #lines: TraceLine[] = [];
  #a = 0x2f0b4a27;
  #b = 0x5bd1e995;

  constructor(options: { readonly record?: boolean } = {}) {
    this.isRecorded = options.record === true;
  }

  /** Mixes numbers into the hash. */
  mark(atMs: number, ...values: readonly number[]): void {
    this.#mix(atMs * TIME_UNITS);
    for (const value of values) this.#mix(value);
  }

  markText(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
  }

  /** Only of use when `isRecorded`; ask before the text is made. */
  record(atMs: number, machine: string, text: string, peer?: string): void {
    if (!this.isRecorded) return;
    if (this.#lines.length >= LINES_MAX) this.#lines = this.#lines.slice(LINES_MAX / 10);
    this.#lines.push({ atMs, machine, peer, text });
  }

  /** 16 hexadecimal digits, equal for runs in which the same things happened at the same times. */
  get hash(): string {
    return hex(this.#a) + hex(this.#b);
  }

  /** In the order in which it happened; only what `isWanted` lets through. */
  *lines(isWanted: (line: TraceLine) => boolean = () => true): Generator<string> {
    for (const line of this.#lines) if (isWanted(line)) yield format(line);
  }

  #mix(value: number): void {
    const low = value | 0;
    const high = Math.floor(value / 2 ** 32) | 0;
    this.#a = Math.imul(this.#a ^ low, 0x9e3779b1) ^ (this.#a >>> 15);
    this.#b = Math.imul((this.#b + low) ^ high, 0x85ebca6b) ^ (this.#b >>> 13);
  }
}

function format({ atMs, machine, peer, text }: TraceLine): string {
  const parties = peer === undefined ? machine : `${machine} > ${peer}`;
  return `${atMs.toFixed(3).padStart(11)}  ${parties.padEnd(9)} ${text}`;
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

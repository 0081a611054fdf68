/** One line of a trace. */
export interface TraceLine {
  readonly atMs: number;
  /** The machine that the line is about: `s1`, `c3`, or `-` for the world. */
  readonly machine: string;
  /** The receiving machine, if the line is about something sent. */
  readonly peer: string | undefined;
  readonly text: string;
}

/** The parts of a millisecond in the hash, so fine that different moments have different hashes. */
const TIME_UNITS = 2 ** 20;
/** When there are more lines than this, the oldest tenth is dropped. */
const LINES_MAX = 400_000;

/**
 * What happened in a run. The trace always keeps a hash of everything. It keeps lines only if asked to, because most
 * runs are never read.
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

  /** Adds a line if lines are kept. Ask `isRecorded` first where the text is expensive to make. */
  record(atMs: number, machine: string, text: string, peer?: string): void {
    if (!this.isRecorded) return;
    if (this.#lines.length >= LINES_MAX) this.#lines = this.#lines.slice(LINES_MAX / 10);
    this.#lines.push({ atMs, machine, peer, text });
  }

  /** 16 hexadecimal digits. They are equal for runs in which the same things happened at the same times. */
  get hash(): string {
    return hex(this.#a) + hex(this.#b);
  }

  /** Yields the lines that `isWanted` accepts, in the order in which things happened. */
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

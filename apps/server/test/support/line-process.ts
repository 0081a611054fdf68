import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';

const SHOWN_CHARACTERS = 2_000;

/** A program that a test controls through its standard input and observes through its outputs. */
export class LineProcess implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<void>;
  #output = '';
  #seen = 0;
  #ended = false;

  constructor(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(command, args, { env: { ...process.env, ...environment } });
    this.#exited = once(this.#child, 'close').then(() => {
      this.#ended = true;
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#child.emit('output');
      });
    }
    // The program may have ended by itself. Its output shows why.
    this.#child.stdin.on('error', () => {});
  }

  write(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Writes a line and waits for its answer, as `sees` does. */
  ask(line: string, answer: RegExp): Promise<string> {
    this.write(line);
    return this.sees(answer);
  }

  /**
   * Waits for `pattern` in the output after the last match. Resolves to that output up to the end of the match. Rejects
   * if the program ends first.
   */
  async sees(pattern: RegExp): Promise<string> {
    const timeout = AbortSignal.timeout(30_000);
    for (;;) {
      const fresh = this.#output.slice(this.#seen);
      const match = pattern.exec(fresh);
      if (match !== null) {
        const end = match.index + match[0].length;
        this.#seen += end;
        return fresh.slice(0, end);
      }
      if (this.#ended || timeout.aborted) {
        const shown = fresh.slice(-SHOWN_CHARACTERS);
        throw new Error(`${this.#ended ? 'ended' : 'waited 30 s'} without ${pattern}; it printed:\n${shown}`);
      }
      await this.#moreOutput(timeout);
    }
  }

  /** Whether the output after the last match contains `pattern`. */
  hasPrinted(pattern: RegExp): boolean {
    return pattern.test(this.#output.slice(this.#seen));
  }

  /** Closes the input and waits for the end of the program. Resolves to the output after the last match. */
  async finish(): Promise<string> {
    this.#child.stdin.end();
    await this.#exited;
    return this.#output.slice(this.#seen);
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async #moreOutput(signal: AbortSignal): Promise<void> {
    const changed = new AbortController();
    const either = AbortSignal.any([signal, changed.signal]);
    try {
      await Promise.race([once(this.#child, 'output', { signal: either }), this.#exited]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      changed.abort();
    }
  }
}

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';

const SHOWN_CHARACTERS = 2_000;

/** A program that is driven over its standard input and watched over its outputs. */
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
    // It may have ended of itself; what it printed tells.
    this.#child.stdin.on('error', () => {});
  }

  write(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Writes a line and waits for what answers it, as `sees` does. */
  ask(line: string, answer: RegExp): Promise<string> {
    this.write(line);
    return this.sees(answer);
  }

  /** The output up to and with the first match in what was not waited for before. Rejects when the program ends first. */
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

  /** Whether it has printed this among what was not waited for yet. */
  hasPrinted(pattern: RegExp): boolean {
    return pattern.test(this.#output.slice(this.#seen));
  }

  /** Closes its input and waits for its end; what it printed and was not waited for. */
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

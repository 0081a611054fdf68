import { PassThrough, Writable } from 'node:stream';
import { runConclave } from '../src/index.ts';
import { type MemoryTree, memoryClient } from './memory-client.ts';

/** The shell at a terminal without a screen. Its output is one long text. */
export class Terminal {
  readonly ended: Promise<number>;
  readonly #stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  #written = '';
  #waiting: { readonly text: string; readonly resolve: () => void }[] = [];
  #seenTo = 0;

  constructor(tree: MemoryTree, environment: Readonly<Record<string, string>> = {}) {
    const screen = Object.assign(
      new Writable({ write: (chunk, _encoding, done) => this.#print(chunk, done) }),
      {
        isTTY: true,
        columns: 80,
        rows: 24,
      },
    );
    this.ended = runConclave([], {
      stdin: this.#stdin,
      stdout: screen,
      stderr: screen,
      environment: { NO_COLOR: '1', CONCLAVE_HISTORY: '', ...environment },
      connect: () => Promise.resolve(memoryClient(tree)),
    });
  }

  type(keys: string): void {
    this.#stdin.write(keys);
  }

  hangUp(): void {
    this.#stdin.end();
  }

  /** Waits until `text` appears after the texts that were waited for before. */
  async shows(text: string): Promise<void> {
    if (!this.#found(text)) await new Promise<void>((resolve) => this.#waiting.push({ text, resolve }));
  }

  /** Everything that was written, without the sequences that move the cursor. */
  get text(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the sequences to remove
    return this.#written.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r', '');
  }

  #found(text: string): boolean {
    const at = this.text.indexOf(text, this.#seenTo);
    if (at < 0) return false;
    this.#seenTo = at + text.length;
    return true;
  }

  #print(chunk: Buffer, done: () => void): void {
    this.#written += chunk.toString('utf8');
    this.#waiting = this.#waiting.filter(({ text, resolve }) => {
      const found = this.#found(text);
      if (found) resolve();
      return !found;
    });
    done();
  }
}

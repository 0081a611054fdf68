import { Readable, Writable } from 'node:stream';
import { runConclave } from '../src/index.ts';
import { type MemoryTree, memoryClient } from './memory-client.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly tree: MemoryTree;
  /** The text of standard input. Default: empty. */
  readonly input?: string;
  /** Whether the output is for a terminal, without colours. */
  readonly terminal?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called after each write, with everything printed so far. */
  readonly onOutput?: (text: string) => void;
}

/** Runs `conclave` against a tree in memory. */
export async function run(argv: readonly string[], options: RunOptions): Promise<Ran> {
  const { tree, input = '', terminal = false, environment = {}, onOutput } = options;
  const out = new Collector(terminal, onOutput);
  const err = new Collector(terminal, undefined);
  const code = await runConclave(argv, {
    stdin: Readable.from([input]),
    stdout: out,
    stderr: err,
    environment: { NO_COLOR: '1', ...environment },
    connect: () => Promise.resolve(memoryClient(tree)),
  });
  return { code, out: out.text, err: err.text };
}

export class Collector extends Writable {
  readonly isTTY: boolean;
  text = '';

  constructor(isTTY: boolean, onOutput: ((text: string) => void) | undefined) {
    super({
      write: (chunk: Buffer, _encoding, done) => {
        this.text += chunk.toString('utf8');
        onOutput?.(this.text);
        done();
      },
    });
    this.isTTY = isTTY;
  }
}

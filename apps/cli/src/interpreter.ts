import { ConclaveError } from '@conclave/client';
import type { Command, Context } from './command.ts';
import type { Result } from './result.ts';
import { type Arguments, parseArguments, usageOf } from './syntax.ts';
import { scanTokens, type Token } from './tokens.ts';
import { UsageError } from './usage-error.ts';

/** What the shell, a script or a command line provides for the commands that it runs. */
export type Environment = Omit<Context, 'signal' | 'perform'> & {
  /** Where the line comes from, because some commands are available in one place only. */
  readonly place: 'shell' | 'alone';
};

/** A command with its arguments. */
export interface Invocation {
  readonly command: Command;
  readonly args: Arguments;
}

/** Turns a line into a result. Throws `UsageError` for anything that is wrong with the line. */
export class Interpreter {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Resolves to `undefined` for an empty line. */
  async runLine(line: string, signal: AbortSignal): Promise<Result | undefined> {
    const { tokens, problem } = scanTokens(line);
    if (problem !== undefined) throw new UsageError(problem.message, problem.column);
    if (tokens.length === 0) return undefined;
    return await this.run(this.parse(tokens), signal);
  }

  parse(tokens: readonly Token[]): Invocation {
    const [first, ...others] = tokens;
    if (first === undefined) throw new UsageError('a command is missing');
    const { commands, place } = this.#environment;
    const command = commands.mustFind(first.text, first.start);
    if (command.only !== undefined && command.only !== place) {
      throw new UsageError(
        `${command.name} is available ${command.only === 'shell' ? 'in the shell' : 'on the command line'} only`,
      );
    }
    try {
      return { command, args: parseArguments(command.syntax, others) };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const usage = usageOf(command.name, command.syntax);
      throw new UsageError(`${command.name}: ${error.message}\nusage: ${usage}`, error.column);
    }
  }

  async run({ command, args }: Invocation, signal: AbortSignal): Promise<Result> {
    const { settings } = this.#environment;
    using limit = new TimeLimit(signal, command.hasNoTimeLimit === true ? undefined : settings.timeoutMs);
    return await command.run(args, this.context(limit.signal));
  }

  context(signal: AbortSignal): Context {
    return { ...this.#environment, signal, perform: (line) => this.runLine(line, signal) };
  }
}

/** Aborts with the signal, or with TIMEOUT when the time is up. */
class TimeLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(outer: AbortSignal, timeoutMs: number | undefined) {
    this.#outer = outer;
    if (outer.aborted) this.#handleAbort();
    outer.addEventListener('abort', this.#handleAbort);
    if (timeoutMs === undefined) return;
    this.#timer = setTimeout(() => {
      const text = `no answer within ${timeoutMs} ms (--timeout)`;
      this.#controller.abort(new ConclaveError('TIMEOUT', text));
    }, timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#handleAbort);
  }

  readonly #handleAbort = (): void => this.#controller.abort(this.#outer.reason);
}

import { createInterface, type Interface } from 'node:readline';
import { complete } from './completion.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf } from './failure.ts';
import { HISTORY_LINES_MAX, historyFile } from './history.ts';
import { exitCodeOfSignal, Interrupt } from './interrupt.ts';
import type { Io } from './io.ts';
import { Printer } from './printer.ts';
import type { Program } from './program.ts';
import { PromptSink } from './prompt-sink.ts';
import type { Styling } from './styling.ts';
import { UsageError } from './usage-error.ts';

export interface ShellOptions {
  readonly io: Io;
  readonly stylings: { readonly outStyling: Styling; readonly errStyling: Styling };
  readonly json: boolean;
  /** Fires when the process is asked to end. */
  readonly signal: AbortSignal;
  /** Creates the program with a printer that leaves the prompt intact. */
  readonly program: (printer: Printer) => Program;
}

const COMPLETION_MS_MAX = 2_000;

/** Reads lines from a terminal and runs them until the user leaves; resolves to the exit code. */
export async function runShell({
  io,
  stylings,
  json,
  signal,
  program: makeProgram,
}: ShellOptions): Promise<number> {
  const sink = new PromptSink(io);
  const printer = new Printer({ sink, ...stylings, json });
  const program = makeProgram(printer);
  const { connection, history } = program.environment;
  const file = historyFile(io.environment);
  if (file !== undefined) await history.load(file);
  const terminal = createInterface({
    input: io.stdin,
    output: io.stdout,
    terminal: true,
    history: history.recent,
    historySize: HISTORY_LINES_MAX,
    removeHistoryDuplicates: true,
    completer: (line: string, done: (error: null, completion: [string[], string]) => void) => {
      completeLine(line, program).then(
        (completion) => done(null, completion),
        () => done(null, [[], line]),
      );
    },
  });
  sink.attach(terminal, () => promptOf(program));
  printer.notice(`conclave ${serversText(program)}; "help" lists the commands`);
  // Connecting begins now, so that the session is usually open, or known to fail, when the first command is typed.
  connection.client(signal).then(
    () => sink.refresh(),
    (error: unknown) => {
      if (!signal.aborted) printer.failure(failureOf(error));
    },
  );
  try {
    await new ShellLoop(program, terminal, sink).run();
    return signal.reason instanceof Interrupt ? exitCodeOfSignal(signal.reason.signalName) : ExitCode.ok;
  } finally {
    sink.detach();
    terminal.close();
    if (file !== undefined) await history.save(file);
    await connection.close();
  }
}

/** Runs one line after another, in the order in which they were typed. */
class ShellLoop {
  readonly #program: Program;
  readonly #terminal: Interface;
  readonly #sink: PromptSink;
  readonly #typed: string[] = [];
  #running: AbortController | undefined;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(program: Program, terminal: Interface, sink: PromptSink) {
    this.#program = program;
    this.#terminal = terminal;
    this.#sink = sink;
    terminal.on('line', (line) => {
      this.#sink.hide();
      this.#typed.push(line);
      this.#wake?.();
    });
    terminal.on('close', () => {
      this.#closed = true;
      this.#running?.abort(new Interrupt('SIGHUP'));
      this.#wake?.();
    });
    terminal.on('SIGINT', () => this.#handleInterrupt());
    program.signal.addEventListener('abort', () => terminal.close());
  }

  async run(): Promise<void> {
    if (this.#program.signal.aborted) return;
    for (;;) {
      const line = this.#typed.shift();
      if (line !== undefined) await this.#perform(line);
      else if (this.#closed) return;
      else {
        this.#sink.show();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#program.quitting()) return;
    }
  }

  async #perform(line: string): Promise<void> {
    if (line.trim() === '') return;
    const { interpreter, printer, environment } = this.#program;
    const running = new AbortController();
    this.#running = running;
    try {
      const result = await interpreter.runLine(line, running.signal);
      if (result !== undefined) printer.result(result);
    } catch (error) {
      const failure = failureOf(error);
      if (error instanceof UsageError && error.column !== undefined) printer.pointAt(line, error.column);
      printer.failure(failure);
    } finally {
      environment.history.add(line);
      this.#running = undefined;
    }
  }

  /** Interrupts the running command or, if there is none, drops the typed line, as other shells do. */
  #handleInterrupt(): void {
    if (this.#running !== undefined) {
      this.#running.abort(new Interrupt('SIGINT'));
      return;
    }
    const wasEmpty = this.#terminal.line === '';
    this.#sink.abandonLine();
    if (wasEmpty) this.#program.printer.notice('to leave, type "quit" or press Ctrl-D');
  }
}

async function completeLine(line: string, { environment, signal }: Program): Promise<[string[], string]> {
  const { commands, connection } = environment;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(COMPLETION_MS_MAX)]);
  return await complete(line, commands, () => connection.client(limit), limit);
}

function promptOf({ environment }: Program): string {
  const { connection, history } = environment;
  const state = connection.current?.state ?? 'connecting';
  const shown = state === 'connected' ? '' : ` (${state})`;
  return `conclave${shown} ${history.lines.length + 1}> `;
}

function serversText({ settings: { servers } }: Program): string {
  return typeof servers === 'string' ? servers : servers.join(', ');
}

import { ServerProcess, type ServerProcessSpec } from './server-process.ts';

/** A server whose process can be stopped and started again. */
export class RestartableServer {
  readonly id: number;
  readonly #specOfNext: () => ServerProcessSpec;
  #process: ServerProcess | undefined;

  /** `specOfNext` is called at every start. */
  constructor(id: number, specOfNext: () => ServerProcessSpec) {
    this.id = id;
    this.#specOfNext = specOfNext;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** The id of the present process, or of the last one. Throws before the first start. */
  get pid(): number {
    if (this.#process === undefined) throw new Error(`server ${this.id} was never started`);
    return this.#process.pid;
  }

  /** Starts the server on the data that it left. It serves some time later. Does nothing while it runs. */
  start(): void {
    if (!this.running) this.#process = new ServerProcess(this.#specOfNext());
  }

  /** Sends SIGKILL, and resolves when the process has ended. */
  async kill(): Promise<void> {
    this.#process?.signal('SIGKILL');
    await this.#process?.exited;
  }

  /** Sends SIGSTOP: until `thaw` the process is silent, with its connections open. */
  freeze(): void {
    this.#process?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#process?.signal('SIGCONT');
  }

  /** Sends SIGTERM, and SIGKILL if that does not help. Idempotent. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  async logTail(): Promise<string> {
    return (await this.#process?.logTail()) ?? '';
  }
}

import { ServerProcess, type ServerProcessSpec } from './server-process.ts';

/** A server's place, in which a process comes and goes. */
export class RestartableServer {
  readonly id: number;
  readonly #specOfNext: () => ServerProcessSpec;
  #process: ServerProcess | undefined;

  /** `specOfNext` is asked at every start. */
  constructor(id: number, specOfNext: () => ServerProcessSpec) {
    this.id = id;
    this.#specOfNext = specOfNext;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** Of the present process, or of the last one. Throws before the first start. */
  get pid(): number {
    if (this.#process === undefined) throw new Error(`server ${this.id} was never started`);
    return this.#process.pid;
  }

  /** Starts it on the data it left. It serves some time later. No effect while it runs. */
  start(): void {
    if (!this.running) this.#process = new ServerProcess(this.#specOfNext());
  }

  /** SIGKILL: gone without a word, and gone when this resolves. */
  async kill(): Promise<void> {
    this.#process?.signal('SIGKILL');
    await this.#process?.exited;
  }

  /** SIGSTOP: alive and silent, its connections open, until `thaw`. */
  freeze(): void {
    this.#process?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#process?.signal('SIGCONT');
  }

  /** SIGTERM, and SIGKILL if that does not help. Idempotent. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  async logTail(): Promise<string> {
    return (await this.#process?.logTail()) ?? '';
  }
}

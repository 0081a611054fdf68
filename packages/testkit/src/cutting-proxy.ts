import { connect, createServer, type Server, type Socket } from 'node:net';
import { DelayLine } from './delay-line.ts';
import { portOf } from './free-ports.ts';

const LOOPBACK = '127.0.0.1';

export type Direction = 'toServer' | 'toClient';

/**
 * What becomes of a chunk: passed on, lost (both ends think it arrived), or lost together with the connection.
 */
export type Verdict = 'pass' | 'lose' | 'cut';

/** Judges every chunk that comes through; `link` counts the connections from 1. */
export type Judge = (direction: Direction, chunk: Uint8Array, link: number) => Verdict;

export interface ProxyPlaces {
  /** Where it listens; loopback by default. */
  readonly host?: string;
  /** Where what it connects to is; loopback by default. */
  readonly targetHost?: string;
}

/** A TCP proxy that does to connections what networks do. */
export class CuttingProxy implements AsyncDisposable {
  /** Replace it at will; by default all passes. */
  judge: Judge = () => 'pass';
  /** While true, connections are closed as soon as they come. */
  refusing = false;
  /** How long everything that comes through is on its way, in milliseconds. Order is kept when it changes. */
  delayMs = 0;
  /** Connections accepted and not refused so far. */
  accepted = 0;
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #targetHost: string;
  readonly #sockets = new Set<Socket>();
  readonly #directions = new WeakMap<Socket, Direction>();
  readonly #held: Record<Direction, boolean> = { toServer: false, toClient: false };

  /** Listens on a free port and connects to `targetPort`. */
  static async listen(targetPort: number, places: ProxyPlaces = {}): Promise<CuttingProxy> {
    const { host = LOOPBACK, targetHost = LOOPBACK } = places;
    const proxy = new CuttingProxy(targetPort, targetHost);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, host, resolve);
    });
    return proxy;
  }

  private constructor(targetPort: number, targetHost: string) {
    this.#targetPort = targetPort;
    this.#targetHost = targetHost;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => this.#accept(client));
  }

  get port(): number {
    return portOf(this.#server);
  }

  /** Destroys all connections, with what is on its way. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops carrying in one direction; the connections stay open. */
  hold(direction: Direction): void {
    this.#held[direction] = true;
    for (const socket of this.#sockets) this.#applyHold(socket);
  }

  /** Carries on; what was held comes first. */
  release(direction: Direction): void {
    this.#held[direction] = false;
    for (const socket of this.#sockets) this.#applyHold(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  #applyHold(source: Socket): void {
    const direction = this.#directions.get(source);
    if (direction === undefined) return;
    if (this.#held[direction]) source.pause();
    else source.resume();
  }

  #accept(client: Socket): void {
    if (this.refusing) {
      client.destroy();
      return;
    }
    const link = ++this.accepted;
    const target = { port: this.#targetPort, host: this.#targetHost };
    const server = connect({ ...target, noDelay: true, allowHalfOpen: true });
    this.#carry(client, server, 'toServer', link);
    this.#carry(server, client, 'toClient', link);
  }

  #carry(source: Socket, sink: Socket, direction: Direction, link: number): void {
    this.#sockets.add(source);
    this.#directions.set(source, direction);
    const way = new DelayLine();
    source.on('data', (chunk) => {
      switch (this.judge(direction, chunk, link)) {
        case 'pass':
          way.after(this.delayMs, () => {
            if (sink.write(chunk)) return;
            source.pause();
            sink.once('drain', () => this.#applyHold(source));
          });
          return;
        case 'lose':
          return;
        case 'cut':
          source.destroy();
          sink.destroy();
          return;
      }
    });
    source.on('end', () => way.after(this.delayMs, () => sink.end()));
    // 'close' follows, and says that there was one; which one is of no interest here.
    source.on('error', () => {});
    source.on('close', (hadError) => {
      this.#sockets.delete(source);
      if (hadError) sink.destroy();
      else way.after(this.delayMs, () => sink.end());
    });
    this.#applyHold(source);
  }
}

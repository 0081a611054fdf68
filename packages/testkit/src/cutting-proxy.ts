import { connect, createServer, type Server, type Socket } from 'node:net';
import { DelayLine } from './delay-line.ts';
import { portOf } from './free-ports.ts';

const LOOPBACK = '127.0.0.1';

export type Direction = 'toServer' | 'toClient';

/**
 * What happens to a chunk: it is passed on, lost (the sender thinks that it arrived), or lost with its connection.
 */
export type Verdict = 'pass' | 'lose' | 'cut';

/** Decides about every chunk. `link` counts the connections from 1. */
export type Judge = (direction: Direction, chunk: Uint8Array, link: number) => Verdict;

export interface ProxyPlaces {
  /** The address to listen on. Default: loopback. */
  readonly host?: string;
  /** The address to connect to. Default: loopback. */
  readonly targetHost?: string;
}

/** A TCP proxy that delays, holds, loses and cuts, as networks do. */
export class CuttingProxy implements AsyncDisposable {
  /** May be replaced at any time. Default: everything passes. */
  judge: Judge = () => 'pass';
  /** Whether new connections are closed at once. */
  refusing = false;
  /** How long every chunk is on its way, in milliseconds. A change keeps the order of chunks. */
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

  /** Destroys all connections, and loses what is on its way. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops passing data on in one direction. The connections stay open. */
  hold(direction: Direction): void {
    this.#held[direction] = true;
    for (const socket of this.#sockets) this.#applyHold(socket);
  }

  /** Passes data on again, first what was held. */
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
    this.#forward(client, server, 'toServer', link);
    this.#forward(server, client, 'toClient', link);
  }

  #forward(source: Socket, sink: Socket, direction: Direction, link: number): void {
    this.#sockets.add(source);
    this.#directions.set(source, direction);
    const delayLine = new DelayLine();
    source.on('data', (chunk) => {
      switch (this.judge(direction, chunk, link)) {
        case 'pass':
          delayLine.after(this.delayMs, () => {
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
    source.on('end', () => delayLine.after(this.delayMs, () => sink.end()));
    // The 'close' event follows and says that there was an error. Which one does not matter here.
    source.on('error', () => {});
    source.on('close', (hadError) => {
      this.#sockets.delete(source);
      if (hadError) sink.destroy();
      else delayLine.after(this.delayMs, () => sink.end());
    });
    this.#applyHold(source);
  }
}

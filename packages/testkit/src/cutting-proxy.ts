import { connect, createServer, type Server, type Socket } from 'node:net';
import { portOf } from './free-ports.ts';

export type Direction = 'toServer' | 'toClient';

/**
 * What becomes of a chunk: passed on, lost (both ends think it arrived), or lost together with the connection.
 */
export type Verdict = 'pass' | 'lose' | 'cut';

/** Judges every chunk that comes through; `link` counts the connections from 1. */
export type Judge = (direction: Direction, chunk: Uint8Array, link: number) => Verdict;

/** A TCP proxy on loopback that does to connections what networks do. */
export class CuttingProxy implements AsyncDisposable {
  /** Replace it at will; by default all passes. */
  judge: Judge = () => 'pass';
  /** While true, connections are closed as soon as they come. */
  refusing = false;
  /** Connections accepted and not refused so far. */
  accepted = 0;
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #sockets = new Set<Socket>();
  readonly #directions = new WeakMap<Socket, Direction>();
  readonly #held: Record<Direction, boolean> = { toServer: false, toClient: false };

  /** Listens on a free port and connects to `targetPort`. */
  static async listen(targetPort: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(targetPort);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
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
    const server = connect({ port: this.#targetPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    this.#carry(client, server, 'toServer', link);
    this.#carry(server, client, 'toClient', link);
  }

  #carry(source: Socket, sink: Socket, direction: Direction, link: number): void {
    this.#sockets.add(source);
    this.#directions.set(source, direction);
    source.on('data', (chunk) => {
      switch (this.judge(direction, chunk, link)) {
        case 'pass':
          if (!sink.write(chunk)) {
            source.pause();
            sink.once('drain', () => this.#applyHold(source));
          }
          return;
        case 'lose':
          return;
        case 'cut':
          source.destroy();
          sink.destroy();
          return;
      }
    });
    source.on('end', () => sink.end());
    // 'close' follows, and says that there was one; which one is of no interest here.
    source.on('error', () => {});
    source.on('close', (hadError) => {
      this.#sockets.delete(source);
      if (hadError) sink.destroy();
      else sink.end();
    });
    this.#applyHold(source);
  }
}

import {
  ByteReader,
  FrameDecoder,
  ProtocolVersion,
  readConnectResponse,
  readReplyHeader,
} from '@conclave/protocol';
import { CuttingProxy, type Direction, type Member, type Verdict } from '@conclave/testkit';
import { WebSocketPayload } from './websocket-payload.ts';

export type Transport = 'ws' | 'tcp';

const HANDSHAKES_PER_LOSS = 7;

/**
 * A proxy between one client and all servers. It drops the first answer to each request and cuts the connection. So the
 * request has taken effect, but the client cannot know. It also drops the answer to the first handshake, which leaves a
 * session behind that no client has, and to every seventh handshake after it.
 */
export class ReplyThief implements AsyncDisposable {
  /** The addresses that the client must use instead of the servers' own. */
  readonly servers: readonly string[];
  readonly #proxies: readonly CuttingProxy[];
  readonly #stolen = new Set<number>();
  #handshakes = 0;

  static async between(members: readonly Member[], transport: Transport): Promise<ReplyThief> {
    const ports = members.map(({ webPort = 0, tcpPort }) => (transport === 'ws' ? webPort : tcpPort));
    return new ReplyThief(await Promise.all(ports.map((port) => CuttingProxy.listen(port))), transport);
  }

  private constructor(proxies: readonly CuttingProxy[], transport: Transport) {
    this.#proxies = proxies;
    this.servers = proxies.map(({ port }) => `${transport}://127.0.0.1:${port}`);
    for (const proxy of proxies) {
      const links = new Map<number, Link>();
      proxy.judge = (direction, chunk, link) => {
        let watched = links.get(link);
        if (watched === undefined) {
          watched = new Link(transport, this);
          links.set(link, watched);
        }
        return watched.judge(direction, chunk);
      };
    }
  }

  /** How many requests have lost an answer. */
  get stolen(): number {
    return this.#stolen.size;
  }

  /** Whether to drop the answer to request `xid`. Returns true once for each request. */
  steals(xid: number): boolean {
    if (xid <= 0 || this.#stolen.has(xid)) return false;
    this.#stolen.add(xid);
    return true;
  }

  stealsHandshake(): boolean {
    return this.#handshakes++ % HANDSHAKES_PER_LOSS === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  }
}

/** The bytes from the server on one connection through the proxy. */
class Link {
  readonly #thief: ReplyThief;
  readonly #payload: WebSocketPayload | undefined;
  readonly #decoder = new FrameDecoder();
  #phase: 'handshake' | 'session' | 'heartbeat' = 'handshake';
  #steal = false;

  constructor(transport: Transport, thief: ReplyThief) {
    this.#thief = thief;
    this.#payload = transport === 'ws' ? new WebSocketPayload() : undefined;
  }

  judge(direction: Direction, chunk: Uint8Array): Verdict {
    if (direction === 'toServer') return 'pass';
    const parts = this.#payload === undefined ? [chunk] : this.#payload.take(chunk);
    for (const part of parts) this.#decoder.push(part, this.#look);
    return this.#steal ? 'cut' : 'pass';
  }

  readonly #look = (frame: Uint8Array): boolean => {
    if (this.#phase === 'handshake') {
      const { protocolVersion } = readConnectResponse(frame);
      this.#phase = protocolVersion === ProtocolVersion.heartbeat ? 'heartbeat' : 'session';
      if (this.#phase === 'session' && this.#thief.stealsHandshake()) this.#steal = true;
    } else if (this.#phase === 'session') {
      // With the first answer in a chunk all others in it are lost too.
      const { xid } = readReplyHeader(new ByteReader(frame), true);
      if (this.#thief.steals(xid)) this.#steal = true;
    }
    return true;
  };
}

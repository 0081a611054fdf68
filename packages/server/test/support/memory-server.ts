import { MemoryDisk, openMemoryStorage } from '@conclave/storage';
import { pino } from 'pino';
import { configSchema } from '../../src/config/config.ts';
import type { ByteStream } from '../../src/environment/byte-stream.ts';
import { nodeClock, nodeNetwork } from '../../src/environment/node-environment.ts';
import { Server, type ServerOptions } from '../../src/server.ts';
import { type Handshake, MemoryClient } from './memory-client.ts';

/** A standalone server with a disk in memory. It opens no ports: `accept` takes connections in memory. */
export class MemoryServer {
  readonly lines: Record<string, unknown>[] = [];
  readonly server: Server;
  readonly disk = new MemoryDisk();
  /** How far this server's clocks are ahead. */
  aheadMs = 0;

  private constructor(settings: object, options: Partial<ServerOptions>) {
    let drawn = 0;
    this.server = new Server({
      config: configSchema.parse({ tickMs: 5, ...settings }),
      environment: {
        clock: {
          ...nodeClock,
          monotonicMs: () => nodeClock.monotonicMs() + this.aheadMs,
          wallMs: () => nodeClock.wallMs() + this.aheadMs,
        },
        network: nodeNetwork,
        entropy: { bytes: (count) => new Uint8Array(count).fill(++drawn), fraction: () => 0.5 },
        openStorage: () => openMemoryStorage(this.disk),
      },
      log: pino({ level: 'debug' }, { write: (line: string) => this.lines.push(JSON.parse(line)) }),
      onFatal: (error) => {
        throw error;
      },
      ...options,
    });
  }

  static async start(settings: object = {}, options: Partial<ServerOptions> = {}): Promise<MemoryServer> {
    const memory = new MemoryServer(settings, options);
    await memory.server.start();
    return memory;
  }

  accept(stream: ByteStream): void {
    this.server.accept(stream);
  }

  /** A client whose stream is open, and that has sent no handshake. */
  dial(remoteAddress?: string): MemoryClient {
    const client = new MemoryClient(remoteAddress);
    this.accept(client);
    return client;
  }

  /** A client with a session. */
  async connect(handshake: Handshake = {}, remoteAddress?: string): Promise<MemoryClient> {
    const client = this.dial(remoteAddress);
    await client.connect(handshake);
    return client;
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

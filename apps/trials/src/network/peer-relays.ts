import { CuttingProxy } from '@conclave/testkit';
import type { Place, Way } from './network.ts';

interface Relay {
  /** The server that connects to it: of two servers always the one with the greater id. */
  readonly dialler: number;
  readonly listener: number;
  readonly proxy: CuttingProxy;
}

/** A relay between each two servers, which can lose or delay the messages from one to the other. */
export class PeerRelays implements AsyncDisposable {
  readonly #host: string;
  readonly #relays: Relay[] = [];
  #parted = false;

  /** Creates the relays. `host` is the address that they listen on, which every server reaches. */
  static async create(places: readonly Place[], host: string): Promise<PeerRelays> {
    const relays = new PeerRelays(host);
    for (const dialler of places) {
      for (const listener of places) {
        if (listener.id >= dialler.id) continue;
        const proxy = await CuttingProxy.listen(listener.peerPort, { host, targetHost: listener.host });
        relays.#relays.push({ dialler: dialler.id, listener: listener.id, proxy });
      }
    }
    return relays;
  }

  private constructor(host: string) {
    this.#host = host;
  }

  /** The address at which server `from` connects to server `to`, if `from` is the one that connects. */
  addressOf(from: number, to: number): string | undefined {
    const relay = this.#relays.find(({ dialler, listener }) => dialler === from && listener === to);
    return relay === undefined ? undefined : `${this.#host}:${relay.proxy.port}`;
  }

  lose(ways: readonly Way[]): void {
    this.heal();
    this.#parted = true;
    for (const { dialler, listener, proxy } of this.#relays) {
      const lost = (from: number, to: number): boolean =>
        ways.some((way) => way.from === from && way.to === to);
      if (lost(dialler, listener)) proxy.hold('toServer');
      if (lost(listener, dialler)) proxy.hold('toClient');
    }
  }

  delay(ms: number): void {
    for (const { proxy } of this.#relays) proxy.delayMs = ms;
  }

  /** Closes the held connections with everything on them. The servers may connect again. */
  heal(): void {
    for (const { proxy } of this.#relays) {
      proxy.delayMs = 0;
      if (!this.#parted) continue;
      proxy.cut();
      proxy.release('toServer');
      proxy.release('toClient');
    }
    this.#parted = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#relays.map(({ proxy }) => proxy[Symbol.asyncDispose]()));
  }
}

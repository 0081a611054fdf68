import { freePorts } from '@conclave/testkit';
import type { Invocation, Network, Place, Way } from './network.ts';
import { PeerRelays } from './peer-relays.ts';

const HOST = '127.0.0.1';

/** All servers on loopback with a relay between each two, for machines without namespaces. */
export class LoopbackNetwork implements Network {
  readonly kind = 'loopback';
  readonly places: readonly Place[];
  readonly #relays: PeerRelays;

  static async create(servers: number): Promise<LoopbackNetwork> {
    const ports = await freePorts(servers * 3);
    const places = Array.from({ length: servers }, (_, i): Place => {
      const [webPort = 0, tcpPort = 0, peerPort = 0] = ports.slice(i * 3);
      return { id: i + 1, host: HOST, webPort, tcpPort, peerPort };
    });
    return new LoopbackNetwork(places, await PeerRelays.create(places, HOST));
  }

  private constructor(places: readonly Place[], relays: PeerRelays) {
    this.places = places;
    this.#relays = relays;
  }

  membersFor(id: number): Record<string, string> {
    return Object.fromEntries(
      this.places.map((place) => [
        String(place.id),
        this.#relays.addressOf(id, place.id) ?? `${place.host}:${place.peerPort}`,
      ]),
    );
  }

  on(_id: number, invocation: Invocation): Invocation {
    return invocation;
  }

  lose(ways: readonly Way[]): Promise<void> {
    this.#relays.lose(ways);
    return Promise.resolve();
  }

  loseAtRandom(): Promise<void> {
    return Promise.reject(new Error('loopback cannot lose packets at random'));
  }

  throttle(): Promise<void> {
    return Promise.reject(new Error('loopback cannot be slowed down'));
  }

  delay(ms: number): void {
    this.#relays.delay(ms);
  }

  heal(): Promise<void> {
    this.#relays.heal();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#relays[Symbol.asyncDispose]();
  }
}

import { runCommand } from '../command.ts';
import type { Invocation, Network, Place, Way } from './network.ts';
import { PeerRelays } from './peer-relays.ts';

const SUBNET = '10.77.0';
const HUB = `${SUBNET}.254`;
const BRIDGE = 'hub';
const PORTS = { webPort: 7400, tcpPort: 2181, peerPort: 7500 };

/**
 * A network in which each server has its own namespace, behind a bridge in the namespace of this program and the
 * clients. Packets are dropped where they arrive, so connections stay open and no side gets an error. Use this only
 * inside an enclosure, because it takes no care of other devices and rules in the network.
 */
export class NamespaceNetwork implements Network {
  readonly kind = 'namespaces';
  readonly places: readonly Place[];
  #relays: PeerRelays | undefined;
  #shaped = false;

  /** With `relays` messages between servers pass through this program, so that it can delay them. */
  static async create(servers: number, options: { readonly relays: boolean }): Promise<NamespaceNetwork> {
    const network = new NamespaceNetwork(servers);
    const lines = [
      `link add ${BRIDGE} type bridge`,
      `address add ${HUB}/24 dev ${BRIDGE}`,
      `link set ${BRIDGE} up`,
    ];
    for (const { id } of network.places) {
      lines.push(
        `netns add ${spaceOf(id)}`,
        `link add ${portOf(id)} type veth peer name eth0 netns ${spaceOf(id)}`,
        `link set ${portOf(id)} master ${BRIDGE} up`,
      );
    }
    await runCommand('ip', ['-batch', '-'], `${lines.join('\n')}\n`);
    for (const { id, host } of network.places) {
      const inside = [`address add ${host}/24 dev eth0`, 'link set eth0 up', 'link set lo up'];
      await runCommand('ip', ['-netns', spaceOf(id), '-batch', '-'], `${inside.join('\n')}\n`);
    }
    if (options.relays) network.#relays = await PeerRelays.create(network.places, HUB);
    return network;
  }

  private constructor(servers: number) {
    this.places = Array.from({ length: servers }, (_, i) => ({
      id: i + 1,
      host: `${SUBNET}.${i + 1}`,
      ...PORTS,
    }));
  }

  membersFor(id: number): Record<string, string> {
    return Object.fromEntries(
      this.places.map((place) => [
        String(place.id),
        this.#relays?.addressOf(id, place.id) ?? `${place.host}:${place.peerPort}`,
      ]),
    );
  }

  on(id: number, { command, args }: Invocation): Invocation {
    return { command: 'nsenter', args: [`--net=/run/netns/${spaceOf(id)}`, command, ...args] };
  }

  /** Works only without relays, because with them all packets would come from the hub. */
  lose(ways: readonly Way[]): Promise<void> {
    return this.#filter((id) =>
      ways.filter(({ to }) => to === id).map(({ from }) => `ip saddr ${SUBNET}.${from} drop`),
    );
  }

  loseAtRandom(percent: number): Promise<void> {
    return this.#filter(() => [`iifname "eth0" numgen random mod 100 < ${percent} drop`]);
  }

  async throttle(kilobitsPerSecond: number): Promise<void> {
    const shape = `tbf rate ${kilobitsPerSecond}kbit burst 4kb latency 2s`;
    await this.#shape('replace', shape.split(' '));
    this.#shaped = true;
  }

  delay(ms: number): void {
    if (this.#relays === undefined) throw new Error('this network has no relays');
    this.#relays.delay(ms);
  }

  async heal(): Promise<void> {
    this.#relays?.heal();
    await this.#filter(() => []);
    if (this.#shaped) await this.#shape('delete', []);
    this.#shaped = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relays?.[Symbol.asyncDispose]();
    // The kernel deletes a namespace some time later, and until then the names of its devices would stay taken.
    const devices = [...this.places.map(({ id }) => portOf(id)), BRIDGE];
    const lines = [
      ...devices.map((name) => `link delete ${name}`),
      ...this.places.map(({ id }) => `netns delete ${spaceOf(id)}`),
    ];
    await runCommand('ip', ['-force', '-batch', '-'], `${lines.join('\n')}\n`);
  }

  /** Replaces the filter rules of each server in one step. */
  async #filter(rulesFor: (id: number) => readonly string[]): Promise<void> {
    await Promise.all(
      this.places.map(({ id }) => {
        const rules = rulesFor(id).map((rule) => `    ${rule}\n`);
        const script =
          'add table inet trials\ndelete table inet trials\ntable inet trials {\n' +
          `  chain arrivals {\n    type filter hook input priority 0;\n${rules.join('')}  }\n}\n`;
        const { command, args } = this.on(id, { command: 'nft', args: ['-f', '-'] });
        return runCommand(command, args, script);
      }),
    );
  }

  async #shape(verb: 'replace' | 'delete', shape: readonly string[]): Promise<void> {
    await Promise.all(
      this.places.map(({ id }) =>
        runCommand('tc', ['-netns', spaceOf(id), 'qdisc', verb, 'dev', 'eth0', 'root', ...shape]),
      ),
    );
  }
}

function spaceOf(id: number): string {
  return `server${id}`;
}

function portOf(id: number): string {
  return `port${id}`;
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, type ConfigKey, type ConfigSource } from '@conclave/server';
import { PropertiesError, type Property, parseProperties } from './java-properties.ts';
import { parseServerLine, type ServerLine } from './server-line.ts';
import { entryFor, IGNORED_KEYS, REFUSED_KEYS } from './unused-keys.ts';
import { type KeyReader, type Settings, USED_KEYS } from './used-keys.ts';

/** Something about the file that the operator should know when the server starts. */
export interface ZooCfgNote {
  /** The key as it stands in the file; empty if the note is not about a key. */
  readonly key: string;
  readonly line: number;
  readonly note: string;
}

export interface ZooCfg {
  /** The settings under Conclave's names. Each has a source of its own that names its line in the file. */
  readonly sources: readonly ConfigSource[];
  readonly notes: readonly ZooCfgNote[];
}

const TICK_MS = 2_000;
const OPEN_HOST = '0.0.0.0';
const LOOPBACK = '127.0.0.1';
const ADMIN_PORT = 8080;
/** The default of `connectionsPerAddressMax`, and its upper bound. */
const PER_ADDRESS_MAX = 1_000;
const CONNECTIONS_MAX = 1_000_000;

/**
 * Reads ZooKeeper's configuration, and `myid` in its data directory. A key that is not used gets a note with the
 * reason. Throws `ConfigError` if something is malformed or missing, or if a key is set that a server must not ignore.
 */
export function readZooCfg(file: string): ZooCfg {
  return new ZooCfgReader(file).read();
}

class ZooCfgReader {
  readonly #file: string;
  readonly #problems: string[] = [];
  readonly #notes: ZooCfgNote[] = [];
  readonly #settings = new Map<ConfigKey, { readonly value: unknown; readonly from: string }>();
  readonly #servers = new Map<number, { readonly line: ServerLine; readonly from: string }>();

  constructor(file: string) {
    this.#file = file;
  }

  read(): ZooCfg {
    const properties = lastOfEach(this.#parse(this.#file));
    const read: Settings = {};
    for (const property of properties) this.#readProperty(property, read);
    if (read.dynamicConfigFile !== undefined) this.#readDynamic(read.dynamicConfigFile);
    this.#settle(read, new Map(properties.map(({ key, line }) => [key, line])));
    if (this.#problems.length > 0) throw new ConfigError(this.#problems);
    return {
      sources: [...this.#settings].map(([key, { value, from }]) => ({
        name: from,
        values: { [key]: value },
      })),
      notes: this.#notes,
    };
  }

  #parse(file: string): Property[] {
    try {
      return parseProperties(readFileSync(file, 'utf8'));
    } catch (error) {
      const where = error instanceof PropertiesError ? `${file} line ${error.line}` : file;
      throw new ConfigError([`${where}: ${error instanceof Error ? error.message : 'cannot be read'}`]);
    }
  }

  #readProperty(property: Property, read: Settings): void {
    const { key, line } = property;
    const value = property.value.trim();
    const server = /^server\.(.*)$/.exec(key)?.[1];
    if (server !== undefined) {
      this.#readServer(server, value, `${this.#file} line ${line}, ${key}`);
      return;
    }
    const used: KeyReader | undefined = Object.hasOwn(USED_KEYS, key) ? USED_KEYS[key]?.read : undefined;
    if (used !== undefined) {
      const problem = used(value, read);
      if (problem !== undefined) this.#problems.push(`${this.#file} line ${line}, ${key}: ${problem}`);
      return;
    }
    const refusal = entryFor(REFUSED_KEYS, key);
    if (refusal !== undefined && !/^(false|no|off|)$/i.test(value)) {
      this.#problems.push(
        `${this.#file} line ${line}, ${key}: ${refusal}; remove the line to start without it`,
      );
      return;
    }
    const note = refusal ?? entryFor(IGNORED_KEYS, key) ?? 'unknown key';
    this.#notes.push({ key, line, note });
  }

  #readServer(idText: string, value: string, from: string): void {
    const id = Number(idText);
    if (!/^[0-9]+$/.test(idText) || id < 1 || id > 254) {
      this.#problems.push(`${from}: expected a server number from 1 to 254`);
      return;
    }
    const line = parseServerLine(value);
    if (typeof line === 'string') this.#problems.push(`${from}: "${value}": ${line}`);
    else if (line.role === 'observer') this.#problems.push(`${from}: observers are not supported yet`);
    else if (line.hasSecurePort) this.#problems.push(`${from}: TLS is not supported yet`);
    else this.#servers.set(id, { line, from });
  }

  #readDynamic(file: string): void {
    for (const { key, value, line } of lastOfEach(this.#parse(file))) {
      const server = /^server\.(.*)$/.exec(key)?.[1];
      const from = `${file} line ${line}, ${key}`;
      if (server !== undefined) this.#readServer(server, value.trim(), from);
      else if (entryFor(REFUSED_KEYS, key) !== undefined)
        this.#problems.push(`${from}: ${entryFor(REFUSED_KEYS, key)}`);
      else if (key !== 'version') this.#notes.push({ key, line, note: 'unknown key in this file' });
    }
  }

  /** Turns the values into settings, some of which depend on several keys. */
  #settle(read: Settings, lines: ReadonlyMap<string, number>): void {
    const set = (key: ConfigKey, value: unknown, ...zooKeys: readonly string[]): void => {
      if (value === undefined) return;
      const zooKey = zooKeys.find((name) => lines.has(name));
      const from = zooKey === undefined ? this.#file : `${this.#file} line ${lines.get(zooKey)}, ${zooKey}`;
      this.#settings.set(key, { value, from });
    };
    if (read.dataDir === undefined) {
      this.#problems.push(`${this.#file}: dataDir is missing`);
      return;
    }
    set('dataDir', read.dataLogDir ?? read.dataDir, 'dataLogDir', 'dataDir');
    this.#noteZooKeepersData([read.dataDir, read.dataLogDir ?? read.dataDir]);
    const id = this.#myid(read.dataDir);
    if (id !== undefined) this.#settings.set('id', { value: id, from: join(read.dataDir, 'myid') });
    const own = this.#servers.get(id ?? 1);
    this.#settleMembers(id);
    if (read.quorumListenOnAllIPs === true) set('peerHost', OPEN_HOST, 'quorumListenOnAllIPs');
    const client = own?.line.client;
    if (client !== undefined && read.clientPort !== undefined && client.port !== read.clientPort) {
      this.#problems.push(
        `${own?.from}: client port ${client.port} differs from clientPort=${read.clientPort}`,
      );
    }
    set('zookeeperPort', client?.port ?? read.clientPort, 'clientPort');
    set('host', client?.host ?? read.clientPortAddress ?? OPEN_HOST, 'clientPortAddress');
    // The file does not ask for this port, so only this machine can reach it, unless other settings open it.
    set('webHost', LOOPBACK);
    const tickMs = read.tickTime ?? TICK_MS;
    set('sessionTimeoutMinMs', read.minSessionTimeout ?? 2 * tickMs, 'minSessionTimeout', 'tickTime');
    set('sessionTimeoutMaxMs', read.maxSessionTimeout ?? 20 * tickMs, 'maxSessionTimeout', 'tickTime');
    set('connectionsPerAddressMax', perAddress(read.maxClientCnxns), 'maxClientCnxns');
    this.#settleAdmin(read, set);
    for (const [zooKey, { setting }] of Object.entries(USED_KEYS)) {
      if (setting !== undefined) set(setting, read[zooKey], zooKey);
    }
    if (read.droppedWords !== undefined) {
      const key = '4lw.commands.whitelist';
      this.#notes.push({
        key,
        line: lines.get(key) ?? 0,
        note: `these words are not supported: ${read.droppedWords.join(', ')}`,
      });
    }
  }

  #settleMembers(id: number | undefined): void {
    if (this.#servers.size === 0) return;
    if (id === undefined && this.#servers.size > 1) {
      this.#problems.push(
        `${this.#file}: there are several servers, but no file myid in dataDir says which of them this is`,
      );
      return;
    }
    const members: Record<string, string> = {};
    for (const [server, { line, from }] of this.#servers) {
      members[server] = line.address;
      if (line.moreAddresses.length === 0) continue;
      this.#notes.push({
        key: `server.${server}`,
        line: Number(/ line ([0-9]+),/.exec(from)?.[1] ?? 0),
        note: `only one address of each server is used; ignored: ${line.moreAddresses.join(', ')}`,
      });
    }
    this.#settings.set('members', { value: members, from: `${this.#file}, server.N` });
    const addresses = this.#clientAddresses();
    if (Object.keys(addresses).length === 0) return;
    this.#settings.set('zookeeperAddresses', { value: addresses, from: `${this.#file}, server.N` });
  }

  /** The client addresses that the lines name. They should be the same in the files of all servers. */
  #clientAddresses(): Record<string, string> {
    const addresses: Record<string, string> = {};
    for (const [server, { line }] of this.#servers) {
      if (line.client === undefined) continue;
      const { host = OPEN_HOST, port } = line.client;
      addresses[server] = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    }
    return addresses;
  }

  /** ZooKeeper opens its admin server by default. Conclave opens one only if the file mentions it. */
  #settleAdmin(
    read: Settings,
    set: (key: ConfigKey, value: unknown, ...zooKeys: readonly string[]) => void,
  ): void {
    const { enableServer, serverPort, serverAddress, commandURL } = read.admin ?? {};
    if (enableServer === false) {
      set('commandsPath', '', 'admin.enableServer');
      return;
    }
    set('commandsPath', commandURL, 'admin.commandURL');
    if (enableServer === undefined && serverPort === undefined) return;
    set('adminPort', serverPort ?? ADMIN_PORT, 'admin.serverPort', 'admin.enableServer');
    set('adminHost', serverAddress ?? OPEN_HOST, 'admin.serverAddress', 'admin.enableServer');
  }

  #myid(dataDir: string): number | undefined {
    const file = join(dataDir, 'myid');
    if (!existsSync(file)) return undefined;
    const [text = ''] = readFileSync(file, 'utf8').split(/\r?\n/);
    const id = Number(text.trim());
    if (/^[0-9]+$/.test(text.trim()) && id >= 1 && id <= 254) return id;
    this.#problems.push(`${file}: "${text}": expected a server number from 1 to 254`);
    return undefined;
  }

  /** Notes data of ZooKeeper's, because the operator may expect an upgrade in place. */
  #noteZooKeepersData(directories: readonly string[]): void {
    for (const directory of new Set(directories)) {
      const data = join(directory, 'version-2');
      if (!existsSync(data)) continue;
      this.#notes.push({
        key: '',
        line: 0,
        note: `${data} holds ZooKeeper's own data, which Conclave does not read`,
      });
    }
  }
}

/**
 * The limit for all ports together must not be below the one that the file sets for ZooKeeper's port. 0 is no limit.
 */
function perAddress(maxClientCnxns: number | undefined): number | undefined {
  if (maxClientCnxns === 0) return CONNECTIONS_MAX;
  return maxClientCnxns !== undefined && maxClientCnxns > PER_ADDRESS_MAX ? maxClientCnxns : undefined;
}

/** Java uses the last value of a key that occurs twice. */
function lastOfEach(properties: readonly Property[]): Property[] {
  return [...new Map(properties.map((property) => [property.key.trim(), property])).values()];
}

import { formatHostPort, parseHostPort, pathProblem } from '@conclave/protocol';
import { ConclaveError } from '../errors.ts';

/** The address of one server. */
export interface ServerAddress {
  /** `ws` and `wss` carry Conclave's own protocol over WebSocket. `tcp` carries ZooKeeper's protocol. */
  readonly transport: 'ws' | 'wss' | 'tcp';
  /** A host name or an IP address, without brackets. */
  readonly host: string;
  /** From 1 to 65,535. */
  readonly port: number;
}

export interface Target {
  readonly servers: readonly ServerAddress[];
  /** `/` for none. */
  readonly chroot: string;
}

const WEBSOCKET_PORT = 7400;
const ZOOKEEPER_PORT = 2181;
const SERVERS_MAX = 1000;

const transportByScheme: ReadonlyMap<string, ServerAddress['transport']> = new Map([
  ['conclave', 'ws'],
  ['ws', 'ws'],
  ['wss', 'wss'],
  ['zookeeper', 'tcp'],
  ['tcp', 'tcp'],
]);

/**
 * Reads a connection string: `conclave://h1:7400,h2:7400/chroot` (WebSocket) or `zookeeper://h1:2181,h2/chroot`
 * (TCP). The schemes `ws`, `wss` and `tcp` name the transport. Without a scheme it is WebSocket. The port may be left
 * out. Throws INVALID_ARGUMENT.
 */
export function parseTarget(text: string): Target {
  const schemeEnd = text.indexOf('://');
  const scheme = schemeEnd < 0 ? 'conclave' : text.slice(0, schemeEnd);
  const transport = transportByScheme.get(scheme);
  if (transport === undefined) {
    throw invalid(text, `the scheme "${scheme}" is not one of ${[...transportByScheme.keys()].join(', ')}`);
  }
  const rest = schemeEnd < 0 ? text : text.slice(schemeEnd + 3);
  const slash = rest.indexOf('/');
  const hosts = slash < 0 ? rest : rest.slice(0, slash);
  const chroot = slash < 0 || slash === rest.length - 1 ? '/' : rest.slice(slash);
  const problem = pathProblem(chroot);
  if (problem !== undefined) throw invalid(text, `chroot: ${problem}`);
  const servers = hosts.split(',').map((host) => parseHost(text, host.trim(), transport));
  if (servers.length > SERVERS_MAX) throw invalid(text, `more than ${SERVERS_MAX} servers`);
  return { servers, chroot };
}

/** Reads the `servers` list of the options; each is a connection string without a chroot. */
export function parseServers(texts: readonly string[]): readonly ServerAddress[] {
  if (texts.length === 0)
    throw new ConclaveError('INVALID_ARGUMENT', 'servers: at least one server is required');
  const servers = texts.flatMap((text) => {
    const target = parseTarget(text);
    if (target.chroot !== '/') throw invalid(text, 'put the chroot into the option "chroot"');
    return target.servers;
  });
  if (servers.length > SERVERS_MAX) {
    throw new ConclaveError('INVALID_ARGUMENT', `servers: more than ${SERVERS_MAX}`);
  }
  return servers;
}

export function formatAddress(address: ServerAddress): string {
  return `${address.transport}://${formatHostPort(address)}`;
}

function parseHost(text: string, hostAndPort: string, transport: ServerAddress['transport']): ServerAddress {
  const address = parseHostPort(hostAndPort, transport === 'tcp' ? ZOOKEEPER_PORT : WEBSOCKET_PORT);
  if (address !== undefined && address.port !== 0) return { transport, ...address };
  const port = /:([0-9]{1,5})$/.exec(hostAndPort)?.[1];
  const isPortWrong = port !== undefined && !isPort(Number(port));
  throw invalid(text, isPortWrong ? `port ${port} is outside 1..65535` : `"${hostAndPort}" is not host:port`);
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}

function invalid(text: string, problem: string): ConclaveError {
  return new ConclaveError('INVALID_ARGUMENT', `connection string ${JSON.stringify(text)}: ${problem}`);
}

/** A member as a `server.N` line describes it. */
export interface ServerLine {
  /** The `host:port` at which the other servers reach it. */
  readonly address: string;
  /** The addresses after the first, which are not used. */
  readonly moreAddresses: readonly string[];
  readonly role: 'participant' | 'observer';
  /** The address for its clients, if the line names one. */
  readonly client: { readonly host: string | undefined; readonly port: number } | undefined;
  /** Whether the line names a port for TLS as well. */
  readonly hasSecurePort: boolean;
}

const FORMAT = 'expected host:port:port[:role][;[host:]clientPort]';

/**
 * Reads ZooKeeper's `host:quorumPort:electionPort[:role][;[host:]clientPort]`. There may be several addresses,
 * separated by `|`. Returns the reason as a text if the line is invalid.
 */
export function parseServerLine(text: string): ServerLine | string {
  const [servers = '', client = '', secureClient = '', ...more] = text.split(';');
  if (more.length > 0) return FORMAT;
  const addresses: string[] = [];
  const roles = new Set<string>();
  for (const server of servers.split('|')) {
    const parts = splitHost(server);
    if (parts === undefined) return FORMAT;
    const [host, quorumPort, electionPort, role, ...rest] = parts;
    if (host === undefined || rest.length > 0) return FORMAT;
    if (!isPort(quorumPort) || !isPort(electionPort)) return `${FORMAT}, with ports from 1 to 65535`;
    addresses.push(`${host.includes(':') ? `[${host}]` : host}:${Number(quorumPort)}`);
    roles.add(role?.toLowerCase() ?? 'participant');
  }
  const [role, otherRole] = roles;
  if (otherRole !== undefined) return 'expected one role for all addresses of a server';
  if (role !== 'participant' && role !== 'observer')
    return `role "${role}": expected participant or observer`;
  const clientAddress = client === '' ? undefined : parseClient(client);
  if (clientAddress === null) return FORMAT;
  const [address = '', ...moreAddresses] = addresses;
  return { address, moreAddresses, role, client: clientAddress, hasSecurePort: secureClient !== '' };
}

function parseClient(text: string): ServerLine['client'] | null {
  const parts = splitHost(text);
  if (parts === undefined || parts.length > 2) return null;
  const port = parts.at(-1);
  if (!isPort(port)) return null;
  return { host: parts.length === 2 ? parts[0] : undefined, port: Number(port) };
}

/** Splits at colons. An IPv6 host is in brackets, which are removed. */
function splitHost(text: string): string[] | undefined {
  const trimmed = text.trim();
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(trimmed);
  if (bracketed !== null) {
    const [, host = '', rest] = bracketed;
    return [host, ...(rest === undefined ? [] : rest.split(':'))];
  }
  const parts = trimmed.split(':');
  return parts[0] === '' ? undefined : parts;
}

function isPort(text: string | undefined): text is string {
  return text !== undefined && /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

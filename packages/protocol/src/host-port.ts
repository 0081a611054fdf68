/** Where something listens: a host name or an IP address without brackets, and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;
const hostPortPattern = /^(?:\[([0-9a-fA-F:.]+(?:%[^\s\]/]+)?)\]|([^\s:@[\]/?#]+))(?::([0-9]{1,5}))?$/;

/**
 * Reads `host:port`. An IPv6 host stands in brackets, which are taken off. Without a port, `defaultPort` is the port.
 * Returns undefined if the text has another form, if it has no port and there is no default, or if the port is above
 * 65535. Port 0 is read like any other: it asks for a free port where one listens.
 */
export function parseHostPort(text: string, defaultPort?: number): HostPort | undefined {
  const match = hostPortPattern.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (host === undefined || port === undefined || port > PORT_MAX) return undefined;
  return { host, port };
}

/** Writes `host:port`, an IPv6 host in brackets: the text that `parseHostPort` reads. */
export function formatHostPort({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

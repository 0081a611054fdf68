const SCHEMES: Readonly<Record<string, string>> = { conclave: 'ws', zookeeper: 'tcp' };

/**
 * The servers of a target, one address for each, from a list (`ws://h1:7400,tcp://h2:2181`) or a connection string
 * (`zookeeper://h1:2181,h2:2181`). Throws an `Error` that says what was expected.
 */
export function serverAddresses(target: string): string[] {
  const [, scheme = '', hosts = ''] = /^(conclave|zookeeper):\/\/([^/]+)\/?$/.exec(target) ?? [];
  const transport = SCHEMES[scheme];
  const addresses =
    transport === undefined ? target.split(',') : hosts.split(',').map((host) => `${transport}://${host}`);
  for (const address of addresses) {
    if (!/^(wss?|tcp):\/\/[^/,\s]+\/?$/.test(address)) {
      throw new Error(
        `${JSON.stringify(address)} is no server; expected ws://host:port, tcp://host:port, conclave://hosts or zookeeper://hosts`,
      );
    }
  }
  return addresses;
}

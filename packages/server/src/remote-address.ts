import { isIP } from 'node:net';

const MAPPED = '::ffff:';

/**
 * A peer's address as ZooKeeper knows it: an IPv4 address that a socket for both families reports as IPv6 is IPv4
 * again, a zone is left out. `undefined` for what is no address, as in memory.
 */
export function remoteAddress(reported: string): string | undefined {
  const zone = reported.indexOf('%');
  const address = (zone < 0 ? reported : reported.slice(0, zone)).toLowerCase();
  const mapped = address.startsWith(MAPPED) ? address.slice(MAPPED.length) : '';
  if (isIP(mapped) === 4) return mapped;
  return isIP(address) === 0 ? undefined : address;
}

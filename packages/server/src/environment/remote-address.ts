import { parseAddress } from '@conclave/tree';

const MAPPED = '::ffff:';

/**
 * The 4 or 16 bytes of a peer's address. An IPv4 address that a socket for both families reports as IPv6 becomes IPv4
 * again, and a zone is dropped. `undefined` if `reported` is no address, as for streams in memory.
 */
export function addressBytes(reported: string): Uint8Array | undefined {
  const zone = reported.indexOf('%');
  const address = (zone < 0 ? reported : reported.slice(0, zone)).toLowerCase();
  const mapped = address.startsWith(MAPPED) ? parseAddress(address.slice(MAPPED.length)) : undefined;
  return mapped ?? parseAddress(address);
}

/** The same address in ZooKeeper's notation, or `undefined`. */
export function remoteAddress(reported: string): string | undefined {
  const bytes = addressBytes(reported);
  return bytes === undefined ? undefined : addressText(bytes);
}

/** An address in ZooKeeper's notation: an IPv6 address has all eight groups, without leading zeros. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups: string[] = [];
  for (let i = 0; i < bytes.length; i += 2) {
    groups.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16));
  }
  return groups.join(':');
}

/**
 * The addresses that an `ip` entry of an ACL admits: `address` or `address/bits`, IPv4 or IPv6, as ZooKeeper's
 * IPAuthenticationProvider has them.
 */
export class IpNetwork {
  readonly #address: Uint8Array;
  readonly #bits: number;

  private constructor(address: Uint8Array, bits: number) {
    this.#address = address;
    this.#bits = bits;
  }

  /** Returns `undefined` for a text that is not an address or a network. */
  static parse(text: string): IpNetwork | undefined {
    const slash = text.indexOf('/');
    const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
    if (address === undefined) return undefined;
    if (slash < 0) return new IpNetwork(address, address.length * 8);
    const bits = parseNumber(text.slice(slash + 1), DECIMAL, 10, address.length * 8);
    return bits === undefined ? undefined : new IpNetwork(address, bits);
  }

  /** An IPv4 address is never in an IPv6 network, nor an IPv6 address in an IPv4 network. */
  includes(address: Uint8Array): boolean {
    if (address.length !== this.#address.length) return false;
    const whole = this.#bits >> 3;
    for (let i = 0; i < whole; i++) if (address[i] !== this.#address[i]) return false;
    const rest = this.#bits & 7;
    if (rest === 0) return true;
    const differing = (address[whole] ?? 0) ^ (this.#address[whole] ?? 0);
    return differing >> (8 - rest) === 0;
  }
}

/** Returns the 4 or 16 bytes of an IPv4 or IPv6 address in text form; `undefined` for any other text. */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

const DECIMAL = /^\d{1,9}$/;
const HEXADECIMAL = /^[\da-f]{1,4}$/i;
const SEGMENTS = 8;

function parseV4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const address = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    const value = parseNumber(part, DECIMAL, 10, 255);
    if (value === undefined) return undefined;
    address[i] = value;
  }
  return address;
}

function parseV6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = head.length + tail.length;
  if (halves.length === 1 ? given !== SEGMENTS : given >= SEGMENTS) return undefined;
  const address = new Uint8Array(2 * SEGMENTS);
  for (const [i, segment] of [...head, ...tail].entries()) {
    const value = parseNumber(segment, HEXADECIMAL, 16, 0xffff);
    if (value === undefined) return undefined;
    const at = 2 * (i < head.length ? i : SEGMENTS - given + i);
    address[at] = value >> 8;
    address[at + 1] = value & 0xff;
  }
  return address;
}

function parseNumber(text: string, form: RegExp, radix: number, max: number): number | undefined {
  if (!form.test(text)) return undefined;
  const value = Number.parseInt(text, radix);
  return value <= max ? value : undefined;
}

import { createHash } from 'node:crypto';
import { type AclEntry, type Normaliser, permissionsOf } from './outcome.ts';
import type { Operation } from './script.ts';

/** The arguments of an operation, in the types that both clients take. */
export class Arguments {
  readonly #operation: Operation;
  readonly #normaliser: Normaliser;

  constructor(operation: Operation, normaliser: Normaliser) {
    this.#operation = operation;
    this.#normaliser = normaliser;
  }

  get verb(): string {
    return this.#operation.verb;
  }

  get parts(): Arguments[] {
    return this.#operation.parts.map((part) => new Arguments(part, this.#normaliser));
  }

  /** The first word, which is the path of every operation that has one. A path with blanks is a JSON string. */
  get path(): string {
    const [first = ''] = this.#operation.words;
    return this.#normaliser.expand(first.startsWith('"') ? unquote(first) : first);
  }

  /** The data after the path; `null` if there is none. */
  get data(): Uint8Array | null {
    const word = this.#operation.words.slice(1).find((candidate) => candidate.startsWith('"'));
    return word === undefined ? this.#repeatedData() : Buffer.from(unquote(word), 'latin1');
  }

  has(flag: string): boolean {
    return this.#operation.words.includes(flag);
  }

  text(key: string, fallback: string): string {
    const value = this.#operation.options.get(key) ?? fallback;
    return this.#normaliser.expand(value.startsWith('"') ? unquote(value) : value);
  }

  integer(key: string, fallback: number): number {
    return Number(this.#operation.options.get(key) ?? fallback);
  }

  long(key: string, fallback: bigint): bigint {
    return BigInt(this.#operation.options.get(key) ?? fallback);
  }

  /** `key=~/a,~/b`. Returns an empty list for a missing key. */
  paths(key: string): string[] {
    const text = this.text(key, '');
    return text === '' ? [] : text.split(',');
  }

  /** `acl=world:anyone:cdrwa,digest:{bob:secret}:r`, where braces stand for the digest of a password. */
  acl(): AclEntry[] {
    const text = this.text('acl', 'world:anyone:cdrwa');
    if (text === 'none') return [];
    return text.split(',').map((entry) => {
      const [, scheme = '', id = '', permissions = ''] = /^([^:]*):(.*):([^:]*)$/.exec(entry) ?? [];
      return {
        permissions: permissionsOf(permissions),
        scheme,
        id: id.replace(/\{(.*)\}/, (_, pair) => digestOf(pair)),
      };
    });
  }

  #repeatedData(): Uint8Array | null {
    const size = this.#operation.options.get('bytes');
    return size === undefined ? null : Buffer.alloc(Number(size), 'x');
  }
}

/** ZooKeeper's DigestAuthenticationProvider.generateDigest. */
function digestOf(pair: string): string {
  return `${pair.split(':')[0]}:${createHash('sha1').update(pair).digest('base64')}`;
}

function unquote(word: string): string {
  const text: unknown = JSON.parse(word);
  return String(text);
}

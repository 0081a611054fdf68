import { type ByteReader, ByteWriter, type Identity, ProtocolError } from '@conclave/protocol';

/** The identities that a connection has proved. It belongs to `world` in any case. */
export interface Credentials {
  /** The client's address, 4 or 16 bytes; `undefined` when it has none, as in memory. */
  readonly address: Uint8Array | undefined;
  /** The identities it has authenticated as: `digest` with `user:hash`, and `super`, which may do everything. */
  readonly identities: readonly Identity[];
}

/** The credentials of a connection that has proved nothing. */
export const NO_CREDENTIALS: Credentials = { address: undefined, identities: [] };

/** The super user, for the server's own reads: no ACL applies to them. */
export const SUPER_CREDENTIALS: Credentials = {
  address: undefined,
  identities: [{ scheme: 'super', id: '' }],
};

/** The session and the credentials that a read is made with. */
export interface Asker {
  readonly sessionId: number;
  readonly credentials: Credentials;
}

/** Credentials as a payload carries them. They are encoded once per connection, and again when it authenticates. */
export interface EncodedCredentials {
  /** Which of an address and identities are present: bits of the payload's flags. */
  readonly flags: number;
  readonly bytes: Uint8Array;
}

/** The bits of a payload's flags that say which credentials follow its header. */
export const CredentialFlag = { v4: 1 << 1, v6: 1 << 2, identities: 1 << 3 } as const;
export const CREDENTIAL_FLAGS = CredentialFlag.v4 | CredentialFlag.v6 | CredentialFlag.identities;

/** Throws `RangeError` for an address that is neither of 4 nor of 16 bytes. */
export function encodeCredentials({ address, identities }: Credentials): EncodedCredentials {
  const writer = new ByteWriter(64);
  let flags = 0;
  if (address !== undefined) {
    flags |= addressFlag(address);
    writer.raw(address);
  }
  if (identities.length > 0) {
    flags |= CredentialFlag.identities;
    writer.vector(identities, writeIdentity);
  }
  return { flags, bytes: writer.take() };
}

/** Reads what `encodeCredentials` wrote. The address may be a view of the input. Throws `ProtocolError`. */
export function readCredentials(flags: number, reader: ByteReader): Credentials {
  const kinds = flags & CREDENTIAL_FLAGS;
  if (kinds === 0) return NO_CREDENTIALS;
  if (kinds === CredentialFlag.v4) return ofV4(reader.int());
  const isV4 = (flags & CredentialFlag.v4) !== 0;
  const isV6 = (flags & CredentialFlag.v6) !== 0;
  if (isV4 && isV6) throw new ProtocolError('BAD_RECORD', 'credentials with two addresses');
  const address = isV4 ? reader.raw(4) : isV6 ? reader.raw(16) : undefined;
  const hasIdentities = (flags & CredentialFlag.identities) !== 0;
  return { address, identities: hasIdentities ? reader.vector(IDENTITY_BYTES_MIN, readIdentity) : [] };
}

const IDENTITY_BYTES_MIN = 8;
/** Nearly every write has an IPv4 address and nothing else, and there are few addresses. They are shared. */
const knownV4 = new Map<number, Credentials>();
const KNOWN_V4_MAX = 1024;

function ofV4(address: number): Credentials {
  let credentials = knownV4.get(address);
  if (credentials === undefined) {
    if (knownV4.size === KNOWN_V4_MAX) knownV4.clear();
    const bytes = Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
    credentials = { address: bytes, identities: [] };
    knownV4.set(address, credentials);
  }
  return credentials;
}

function addressFlag(address: Uint8Array): number {
  if (address.length === 4) return CredentialFlag.v4;
  if (address.length === 16) return CredentialFlag.v6;
  throw new RangeError(`an address of ${address.length} bytes`);
}

function writeIdentity(writer: ByteWriter, { scheme, id }: Identity): void {
  writer.string(scheme);
  writer.string(id);
}

function readIdentity(reader: ByteReader): Identity {
  return { scheme: reader.string(), id: reader.string() };
}

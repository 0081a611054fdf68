import { type ByteReader, ByteWriter } from './bytes.ts';
import { Permission } from './opcodes.ts';

/** One entry of an access control list: what the identities that match `scheme` and `id` may do with a node. */
export interface Acl {
  /** A sum of `Permission`s. */
  readonly permissions: number;
  readonly scheme: string;
  readonly id: string;
}

/** Everybody may do everything. Clients send this list unless the caller names another one. */
export const OPEN_ACL: readonly Acl[] = [{ permissions: Permission.all, scheme: 'world', id: 'anyone' }];

/** Whether the list is the open one, entry by entry. */
export function isOpenAcl(acl: readonly Acl[]): boolean {
  if (acl === OPEN_ACL) return true;
  const [only] = acl;
  return (
    acl.length === 1 &&
    only?.permissions === Permission.all &&
    only.scheme === 'world' &&
    only.id === 'anyone'
  );
}

/** Writes the list as a vector of entries. */
export function writeAcl(writer: ByteWriter, acl: readonly Acl[]): void {
  if (acl === OPEN_ACL) writer.raw(openAclBytes);
  else writer.vector(acl, writeEntry);
}

/** The open ACL, which nearly every create carries, is read as `OPEN_ACL` itself. */
export function readAcl(reader: ByteReader): readonly Acl[] {
  return reader.skip(openAclBytes) ? OPEN_ACL : reader.vector(ENTRY_BYTES_MIN, readEntry);
}

const ENTRY_BYTES_MIN = 12;

function writeEntry(writer: ByteWriter, entry: Acl): void {
  writer.int(entry.permissions);
  writer.string(entry.scheme);
  writer.string(entry.id);
}

function readEntry(reader: ByteReader): Acl {
  return { permissions: reader.int(), scheme: reader.string(), id: reader.string() };
}

const openAclBytes = encodeOpenAcl();

function encodeOpenAcl(): Uint8Array {
  const writer = new ByteWriter();
  writer.vector(OPEN_ACL, writeEntry);
  return writer.take();
}

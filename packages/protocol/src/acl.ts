import type { ByteReader, ByteWriter } from './bytes.ts';
import { Permission } from './opcodes.ts';

export interface Acl {
  /** A sum of `Permission`s. */
  readonly permissions: number;
  readonly scheme: string;
  readonly id: string;
}

/** Everybody may do everything: what clients send when they do not care. */
export const OPEN_ACL: readonly Acl[] = [{ permissions: Permission.all, scheme: 'world', id: 'anyone' }];

export function isOpenAcl(acl: readonly Acl[]): boolean {
  const [only] = acl;
  return (
    acl.length === 1 &&
    only?.permissions === Permission.all &&
    only.scheme === 'world' &&
    only.id === 'anyone'
  );
}

export function writeAcl(writer: ByteWriter, acl: readonly Acl[]): void {
  writer.vector(acl, (w, item) => {
    w.int(item.permissions);
    w.string(item.scheme);
    w.string(item.id);
  });
}

const ACL_BYTES_MIN = 12;

export function readAcl(reader: ByteReader): readonly Acl[] {
  return reader.vector(ACL_BYTES_MIN, (r) => ({ permissions: r.int(), scheme: r.string(), id: r.string() }));
}

import type { ByteReader, ByteWriter } from './bytes.ts';
import { isSpecialOwner } from './node-kind.ts';
import type { Zxid } from './zxid.ts';

/** A znode's metadata, ZooKeeper's eleven fields. */
export interface Stat {
  /** The transaction that created the node. */
  readonly czxid: Zxid;
  /** The transaction that last set its data. */
  readonly mzxid: Zxid;
  /** Milliseconds since 1970, by the leader's clock. */
  readonly ctime: number;
  readonly mtime: number;
  /** How often the data was set. */
  readonly version: number;
  /** How often the children changed. */
  readonly cversion: number;
  /** How often the ACL was set. */
  readonly aversion: number;
  /**
   * The session that owns an ephemeral node; 0 for a persistent one. `nodeKindOf` recognises containers and times to
   * live, for which ZooKeeper's servers send 0.
   */
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
  /** The transaction that last created or deleted a child. */
  readonly pzxid: Zxid;
}

/** `Stat` as a server holds it: the owner may be a number. */
export type StatFields = Omit<Stat, 'ephemeralOwner'> & { readonly ephemeralOwner: bigint | number };

/** How long a stat is on the wire. */
export const STAT_BYTES = 68;

/** With `hidesKinds` it writes 0 as the owner of a node that is neither persistent nor ephemeral. */
export function writeStat(writer: ByteWriter, stat: StatFields, hidesKinds = false): void {
  writer.long(stat.czxid);
  writer.long(stat.mzxid);
  writer.long(stat.ctime);
  writer.long(stat.mtime);
  writer.int(stat.version);
  writer.int(stat.cversion);
  writer.int(stat.aversion);
  writer.long(hidesKinds && isSpecialOwner(stat.ephemeralOwner) ? 0 : stat.ephemeralOwner);
  writer.int(stat.dataLength);
  writer.int(stat.numChildren);
  writer.long(stat.pzxid);
}

/** Reads the eleven fields in the order of ZooKeeper's record. */
export function readStat(reader: ByteReader): Stat {
  return {
    czxid: reader.long() as Zxid,
    mzxid: reader.long() as Zxid,
    ctime: reader.long(),
    mtime: reader.long(),
    version: reader.int(),
    cversion: reader.int(),
    aversion: reader.int(),
    ephemeralOwner: reader.bigLong(),
    dataLength: reader.int(),
    numChildren: reader.int(),
    pzxid: reader.long() as Zxid,
  };
}

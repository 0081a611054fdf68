/** The fields of a Stat, from either client. */
export interface StatFields {
  readonly czxid: number | bigint;
  readonly mzxid: number | bigint;
  readonly pzxid: number | bigint;
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  /** The 64 bits as on the wire. */
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
}

const CONTAINER_OWNER = 1n << 63n;
const TTL_MARK = 0xffn << 56n;
const CLOCK_SLACK_MS = 600_000;

/** Everything but the times, which differ from run to run. They are shown only if they contradict each other. */
export function statText(stat: StatFields): string {
  const owner = ownerText(BigInt.asUintN(64, stat.ephemeralOwner));
  return [
    `{cz=${zxidText(stat.czxid)} mz=${zxidText(stat.mzxid)} pz=${zxidText(stat.pzxid)}`,
    ` v=${stat.version} cv=${stat.cversion} av=${stat.aversion}`,
    ` len=${stat.dataLength} kids=${stat.numChildren}`,
    owner === undefined ? '' : ` owner=${owner}`,
    timesMakeSense(stat) ? '' : ` times=${stat.ctime},${stat.mtime}`,
    '}',
  ].join('');
}

/** `Normaliser` replaces this text with the rank of the zxid among those of the case. */
export function zxidText(zxid: number | bigint): string {
  return `z#${zxid}`;
}

/** `Normaliser` replaces this text with the case's name for the session. */
export function sessionText(id: bigint): string {
  return `s#${BigInt.asUintN(64, id)}`;
}

export function dataText(data: Uint8Array | null): string {
  if (data === null) return 'null';
  const text = Buffer.from(data).toString('latin1');
  return text.length > 200 ? `${text.length} bytes` : JSON.stringify(text);
}

/** The path as it is, or as a JSON string if blanks or other special characters would make it ambiguous. */
export function pathText(path: string): string {
  return /^[\x21-\x7e]+$/.test(path) ? path : JSON.stringify(path);
}

/** Sorted by name, because ZooKeeper leaves the order open. */
export function listText(items: readonly string[]): string {
  return `[${items.map(pathText).sort().join(' ')}]`;
}

export interface AclEntry {
  readonly permissions: number;
  readonly scheme: string;
  readonly id: string;
}

export function aclText(acl: readonly AclEntry[]): string {
  return `[${acl.map(({ permissions, scheme, id }) => `${scheme}:${id}:${permissionsText(permissions)}`).join(' ')}]`;
}

const LETTERS = 'rwcda';

export function permissionsText(permissions: number): string {
  if (permissions <= 0 || permissions >= 1 << LETTERS.length) return String(permissions);
  return [...LETTERS].filter((_, bit) => (permissions & (1 << bit)) !== 0).join('');
}

/** Reads letters as zkCli has them, or a number for permissions without letters. */
export function permissionsOf(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  return [...text].reduce((bits, letter) => bits | (1 << LETTERS.indexOf(letter)), 0);
}

/**
 * Replaces what differs from run to run in a case's outcomes: the case's own node by `~`, a session's id by its name, and
 * each zxid by its rank among all that the case has seen.
 */
export class Normaliser {
  readonly #base: string;
  readonly #sessions = new Map<string, string>();

  constructor(base: string) {
    this.#base = base;
  }

  /** Replaces `~` with the path of the case's own node. */
  expand(text: string): string {
    return text.replaceAll('~', this.#base);
  }

  name(session: string, id: bigint): void {
    this.#sessions.set(sessionText(id), session);
  }

  normalise(outcomes: readonly string[]): string[] {
    const zxids = new Set(outcomes.flatMap((text) => text.match(/z#-?\d+/g) ?? []));
    const ranks = new Map(
      [...zxids]
        .map((text) => BigInt(text.slice(2)))
        .filter((zxid) => zxid > 0n)
        .sort((a, b) => (a < b ? -1 : 1))
        .map((zxid, i) => [zxidText(zxid), `z${i + 1}`]),
    );
    return outcomes.map((text) =>
      text
        .replaceAll(this.#base, '~')
        .replaceAll(/127\.0\.0\.1(?::\d+)+/g, '127.0.0.1:ports')
        .replaceAll(/z#-?\d+/g, (zxid) => ranks.get(zxid) ?? zxid.slice(2))
        .replaceAll(/s#\d+/g, (id) => this.#sessions.get(id) ?? 'stranger'),
    );
  }
}

function ownerText(owner: bigint): string | undefined {
  if (owner === 0n) return undefined;
  if (owner === CONTAINER_OWNER) return 'container';
  if ((owner & TTL_MARK) === TTL_MARK) return `ttl:${owner & ~TTL_MARK}`;
  return sessionText(owner);
}

function timesMakeSense({ czxid, mzxid, ctime, mtime }: StatFields): boolean {
  // The nodes of a new tree have no times.
  if (BigInt(czxid) === 0n) return ctime === 0;
  const isRecent = Math.abs(Date.now() - mtime) < CLOCK_SLACK_MS;
  return isRecent && mtime >= ctime && (BigInt(czxid) !== BigInt(mzxid) || ctime === mtime);
}

import {
  type Acl,
  CreateFlag,
  counterOf,
  type MultiOperation,
  makeZxid,
  OPEN_ACL,
  OpCode,
  Permission,
  type UnguardedWrite,
} from '@conclave/protocol';
import {
  type Applied,
  type Command,
  type Credentials,
  NO_CREDENTIALS,
  SUPER_CREDENTIALS,
} from '@conclave/tree';
import fc from 'fast-check';
import {
  create,
  type Driver,
  depart,
  enter,
  type From,
  join,
  leave,
  remove,
  setData,
  timeOf,
} from './driver.ts';

/**
 * One random transaction, described without facts that only a run has: sessions are counted among those that are open,
 * nodes to delete among those that are there, and a guard holds the current token or one that is over.
 */
export type Step =
  | { readonly type: 'open'; readonly native: boolean }
  | { readonly type: 'close'; readonly session: number }
  | { readonly type: 'delete'; readonly session: number; readonly picks: readonly number[] }
  /** The leader removes what is due. */
  | { readonly type: 'reap' }
  | {
      readonly type: 'write';
      readonly session: number;
      readonly write: UnguardedWrite;
      readonly caller: Credentials;
      readonly repeats: boolean;
      readonly confirms: boolean;
      readonly guard: { readonly path: string; readonly holds: boolean } | undefined;
    };

/** Few places, so that things meet: locks, barriers and plain nodes at the same paths. */
const PLACES = ['/a', '/b', '/a/b'];
const place = fc.constantFrom(...PLACES);
const path = fc.oneof(
  { weight: 1, arbitrary: place },
  {
    weight: 2,
    arbitrary: fc
      .tuple(place, fc.constantFrom('b', 'c', 'ready', 'p-lock-', 'q-latch-', 'x-lock-0000000001', 's-'))
      .map(([at, name]) => `${at}/${name}`),
  },
);
const data = fc.option(fc.string({ maxLength: 40 }));
const version = fc.constantFrom(-1, -1, -1, -1, 0, 1);
/** Each transaction takes a millisecond. */
const TTL_MS = 8;
export const NEVER_USED_MS = 20;
const flags = fc.constantFrom<number>(
  CreateFlag.persistent,
  CreateFlag.persistent,
  CreateFlag.persistent,
  CreateFlag.ephemeral,
  CreateFlag.persistentSequential,
  CreateFlag.ephemeralSequential,
  CreateFlag.container,
  CreateFlag.persistentWithTtl,
);
const prefix = fc.constantFrom('p-lock-', 'q-latch-', 'r__lock__');
const party = fc.constantFrom('c', 'd', 'e');

const ANN = { scheme: 'digest', id: 'ann:x=' };
const annsAlone: Acl[] = [{ permissions: Permission.all, ...ANN }];
/** What a node grants: mostly everything, so that stories do not end at the first refusal. */
const acl = fc.oneof(
  { weight: 12, arbitrary: fc.constant(OPEN_ACL) },
  { weight: 1, arbitrary: fc.constant(annsAlone) },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 0, max: Permission.all })
      .map((permissions) => [{ permissions, scheme: 'world', id: 'anyone' }, ...annsAlone]),
  },
  { weight: 1, arbitrary: fc.constant([{ permissions: Permission.all, scheme: 'auth', id: '' }]) },
);
const caller = fc.oneof(
  { weight: 4, arbitrary: fc.constant(NO_CREDENTIALS) },
  { weight: 3, arbitrary: fc.constant<Credentials>({ address: undefined, identities: [ANN] }) },
  { weight: 1, arbitrary: fc.constant(SUPER_CREDENTIALS) },
);

const creation = fc.tuple(path, data, flags, acl).map(([at, text, flag, list]) => {
  return { ...create(at, text, flag), acl: list };
});
const single: fc.Arbitrary<MultiOperation & UnguardedWrite> = fc.oneof(
  { weight: 4, arbitrary: creation },
  { weight: 2, arbitrary: creation.map((each) => ({ ...each, op: OpCode.create2 })) },
  { weight: 1, arbitrary: creation.map((each) => ({ ...each, op: OpCode.createContainer })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(path, acl, fc.constantFrom(CreateFlag.persistentWithTtl, CreateFlag.persistentSequentialWithTtl))
      .map(([at, list, flag]) => ({
        op: OpCode.createTTL,
        path: at,
        data: null,
        acl: list,
        flags: flag,
        ttl: TTL_MS,
      })),
  },
  { weight: 2, arbitrary: fc.tuple(path, version).map((args) => remove(...args)) },
  { weight: 2, arbitrary: fc.tuple(path, data, version).map((args) => setData(...args)) },
);
const check: fc.Arbitrary<MultiOperation> = fc
  .tuple(path, version)
  .map(([at, expected]) => ({ op: OpCode.check, path: at, version: expected }));
const operations = fc.array(fc.oneof({ weight: 5, arbitrary: single }, { weight: 1, arbitrary: check }), {
  maxLength: 4,
});

const write: fc.Arbitrary<UnguardedWrite> = fc.oneof(
  { weight: 6, arbitrary: single },
  { weight: 3, arbitrary: operations.map((all) => ({ op: OpCode.multi, operations: all })) },
  { weight: 6, arbitrary: fc.tuple(place, prefix, fc.boolean()).map((args) => join(...args)) },
  { weight: 3, arbitrary: fc.tuple(place, prefix).map((args) => leave(...args)) },
  {
    weight: 4,
    arbitrary: fc.tuple(place, party, fc.integer({ min: 1, max: 3 })).map((args) => enter(...args)),
  },
  { weight: 2, arbitrary: fc.tuple(place, party).map((args) => depart(...args)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(path, acl, fc.constantFrom(-1, -1, -1, 0, 1))
      .map(([at, list, expected]) => ({ op: OpCode.setACL, path: at, acl: list, version: expected })),
  },
  { weight: 1, arbitrary: fc.constantFrom(join('/a', 'no-'), enter('/a', 'ready', 1), create('/a/')) },
);

const session = fc.nat({ max: 20 });
const seldom = fc.constantFrom(true, false, false, false, false, false, false, false);

const guard = fc.oneof(
  { weight: 9, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.record({ path: place, holds: fc.constantFrom(true, true, false) }) },
);

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.record({ type: fc.constant('open' as const), native: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const), session }) },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('delete' as const),
        session,
        picks: fc.array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 3 }),
      }),
    },
    { weight: 2, arbitrary: fc.constant({ type: 'reap' as const }) },
    {
      weight: 14,
      arbitrary: fc.record({
        type: fc.constant('write' as const),
        session,
        write,
        caller,
        repeats: seldom,
        confirms: seldom,
        guard,
      }),
    },
  ),
  { minLength: 1, maxLength: 150, size: 'max' },
);

interface OpenSession {
  readonly id: number;
  readonly native: boolean;
  xid: number;
  confirmed: number;
  last: Command | undefined;
}

/** Turns steps into commands. It keeps the open sessions and each session's request numbers. */
export class StepPlayer {
  readonly #driver: Driver;
  readonly #sessions: OpenSession[] = [];
  #closed = 1;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** What the step does. The command is expected to be applied before the next one is asked for. */
  command(step: Step): { readonly command: Command; readonly from: From } {
    if (step.type === 'reap') return { command: this.#reaping(), from: {} };
    if (step.type === 'open' || (this.#sessions.length === 0 && step.type !== 'close')) {
      return this.#open(step.type === 'open' ? step.native : true);
    }
    const at = step.session % Math.max(this.#sessions.length, 1);
    const from = this.#sessions[at];
    if (step.type === 'close') {
      // One in some closes meets a session that is gone.
      if (from !== undefined && step.session < 18) {
        this.#closed = from.id;
        this.#sessions.splice(at, 1);
      }
      return { command: { op: OpCode.closeSession, reason: 'expired' }, from: { session: this.#closed } };
    }
    if (from === undefined) throw new Error('no session is open');
    if (step.type === 'delete') return this.#numbered(from, this.#deletion(step.picks), false);
    if (step.repeats && from.last !== undefined) {
      const { id, native, xid, confirmed } = from;
      return { command: from.last, from: { session: id, native, xid, confirmed } };
    }
    const numbered = this.#numbered(from, this.#guarded(step.write, step.guard), step.confirms);
    return { ...numbered, from: { ...numbered.from, as: step.caller } };
  }

  play(step: Step): Applied {
    const { command, from } = this.command(step);
    return this.#driver.apply(command, from);
  }

  #open(native: boolean): { readonly command: Command; readonly from: From } {
    const id = this.#driver.nextZxid;
    const password = new Uint8Array(16).fill(id);
    this.#sessions.push({ id, native, xid: 0, confirmed: 0, last: undefined });
    return { command: { op: OpCode.createSession, timeoutMs: 4000, password, native }, from: {} };
  }

  #numbered(
    from: OpenSession,
    command: Command,
    confirms: boolean,
  ): { readonly command: Command; readonly from: From } {
    from.xid += 2;
    if (confirms) from.confirmed = from.xid - 4;
    from.last = command;
    const { id, native, xid, confirmed } = from;
    return { command, from: { session: id, native, xid, confirmed } };
  }

  /** The leader's command, for what is due by now or else for a node that may not be removed that way. */
  #reaping(): Command {
    const { tree, nextZxid } = this.#driver;
    const [due] = tree.expirable(timeOf(counterOf(nextZxid)), 1);
    return (
      due ?? { op: OpCode.deleteContainer, path: '/a', czxid: makeZxid(1, 2), neverUsedMs: NEVER_USED_MS }
    );
  }

  #deletion(picks: readonly number[]): Command {
    const there = PLACES.flatMap((at) => this.#driver.children(at).map((name) => `${at}/${name}`));
    const operations = [...new Set(picks.map((pick) => there[pick % there.length] ?? '/a'))].map((at) =>
      remove(at),
    );
    const [only] = operations;
    return only !== undefined && operations.length === 1 ? only : { op: OpCode.multi, operations };
  }

  #guarded(
    inner: UnguardedWrite,
    guard: { readonly path: string; readonly holds: boolean } | undefined,
  ): Command {
    if (guard === undefined) return inner;
    const held = this.#driver.read(
      { op: OpCode.lineHolder, path: guard.path, watch: false },
      0,
      SUPER_CREDENTIALS,
    );
    const token = typeof held !== 'number' && held.op === OpCode.lineHolder ? held.token : 0;
    return { op: OpCode.guarded, path: guard.path, token: guard.holds ? token : token + 1, write: inner };
  }
}

import { CreateFlag, type MultiOperation, OpCode, type UnguardedWrite } from '@conclave/protocol';
import type { Applied, Command } from '@conclave/tree';
import fc from 'fast-check';
import { create, type Driver, depart, enter, type From, join, leave, remove, setData } from './driver.ts';

/** One random transaction, told without zxids: sessions are numbered by who opened them, tokens by what is held. */
export type Step =
  | { readonly type: 'open'; readonly native: boolean }
  | { readonly type: 'close'; readonly session: number }
  | {
      readonly type: 'write';
      readonly session: number;
      readonly write: UnguardedWrite;
      readonly repeats: boolean;
      readonly confirms: boolean;
      readonly guard: string | undefined;
    };

const NAMES = ['a', 'b', 'c', 'ready', 'p-lock-', 'q-latch-', 'r__lock__', 'x-lock-0000000001', 's-'];
const paths = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((names) => `/${names.join('/')}`);
const shallow = fc.constantFrom('/a', '/b', '/a/b', '/c');
const text = fc.option(fc.string({ maxLength: 40 }));
const version = fc.constantFrom(-1, -1, -1, 0, 1, 2);
const flags = fc.constantFrom<number>(...Object.values(CreateFlag), CreateFlag.ephemeral);
const prefix = fc.constantFrom('p-lock-', 'q-latch-', 'r__lock__', 'no-');

const operation: fc.Arbitrary<MultiOperation> = fc.oneof(
  fc.tuple(paths, text, flags).map(([path, data, flag]) => create(path, data, flag)),
  fc
    .tuple(paths, text, flags)
    .map(([path, data, flag]) => ({ ...create(path, data, flag), op: OpCode.create2 })),
  fc.tuple(paths, version).map(([path, expected]) => remove(path, expected)),
  fc.tuple(paths, text, version).map(([path, data, expected]) => setData(path, data, expected)),
  fc.tuple(paths, version).map(([path, expected]) => ({ op: OpCode.check, path, version: expected })),
);
const single = operation.filter((one): one is MultiOperation & UnguardedWrite => one.op !== OpCode.check);

const write: fc.Arbitrary<UnguardedWrite> = fc.oneof(
  { weight: 6, arbitrary: single },
  {
    weight: 2,
    arbitrary: fc.array(operation, { maxLength: 5 }).map((operations) => ({ op: OpCode.multi, operations })),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(shallow, prefix, fc.boolean()).map(([path, p, wait]) => join(path, p, wait)),
  },
  { weight: 3, arbitrary: fc.tuple(shallow, prefix).map(([path, p]) => leave(path, p)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(shallow, fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 3 }))
      .map(([path, name, parties]) => enter(path, name, parties)),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(shallow, fc.constantFrom('a', 'b', 'c')).map(([path, name]) => depart(path, name)),
  },
);

const session = fc.nat({ max: 4 });

export const steps = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.record({ type: fc.constant('open' as const), native: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const), session }) },
    {
      weight: 14,
      arbitrary: fc.record({
        type: fc.constant('write' as const),
        session,
        write,
        repeats: fc.integer({ max: 9, min: 0 }).map((n) => n === 0),
        confirms: fc.integer({ max: 9, min: 0 }).map((n) => n === 0),
        guard: fc.option(shallow, { nil: undefined, freq: 6 }),
      }),
    },
  ),
  { minLength: 1, maxLength: 120, size: 'max' },
);

/** Turns steps into commands: keeps who is who and each session's request numbers. */
export class StepPlayer {
  readonly #driver: Driver;
  #sessions: { readonly id: number; readonly native: boolean; xid: number; confirmed: number }[] = [];
  #last = new Map<number, Command>();

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** What the step does, as a command of a session. */
  command(step: Step): { readonly command: Command; readonly from: From } {
    switch (step.type) {
      case 'open': {
        const password = new Uint8Array(16).fill(this.#sessions.length);
        this.#sessions.push({ id: this.#driver.nextZxid, native: step.native, xid: 0, confirmed: 0 });
        const command = { op: OpCode.createSession, timeoutMs: 4000, password, native: step.native } as const;
        return { command, from: {} };
      }
      case 'close': {
        const closing = this.#session(step.session);
        return {
          command: { op: OpCode.closeSession, reason: 'expired' },
          from: { session: closing?.id ?? 1 },
        };
      }
      case 'write': {
        const from = this.#session(step.session);
        if (from === undefined) return { command: step.write, from: {} };
        const before = this.#last.get(from.id);
        const repeats = step.repeats && before !== undefined;
        const command = repeats ? before : this.#guarded(step.write, step.guard);
        if (!repeats) from.xid += 2;
        if (step.confirms) from.confirmed = from.xid - 2;
        this.#last.set(from.id, command);
        const { id, native, xid, confirmed } = from;
        return { command, from: { session: id, native, xid, confirmed } };
      }
    }
  }

  play(step: Step): Applied {
    const { command, from } = this.command(step);
    return this.#driver.apply(command, from);
  }

  #session(index: number) {
    return this.#sessions[this.#sessions.length - 1 - index];
  }

  #guarded(inner: UnguardedWrite, guard: string | undefined): Command {
    if (guard === undefined) return inner;
    const held = this.#driver.read({ op: OpCode.lineHolder, path: guard, watch: false });
    const token = typeof held !== 'number' && held.op === OpCode.lineHolder ? held.token : 0;
    return { op: OpCode.guarded, path: guard, token, write: inner };
  }
}

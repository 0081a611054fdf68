import type { Actor, Stage } from './actor.ts';
import { JuteWriter } from './jute.ts';
import { Normaliser } from './outcome.ts';
import { type Case, stepsOf } from './script.ts';
import { WireConnection } from './wire-connection.ts';

const CREATE = 1;
const ALL_PERMISSIONS = 31;

/** Gives every case a node of its own, so that cases do not affect each other. */
export class Grounds implements AsyncDisposable {
  readonly #connection: WireConnection;
  #created = 0;

  /** Creates the nodes over ZooKeeper's port. */
  static async open(port: number): Promise<Grounds> {
    const connection = await WireConnection.open(port);
    const welcome = await connection.greet({ timeoutMs: 60_000, readOnly: false });
    if (welcome === undefined) throw new Error('no session for the grounds of the cases');
    return new Grounds(connection);
  }

  private constructor(connection: WireConnection) {
    this.#connection = connection;
  }

  /** Creates a node, and resolves to its path, which has the same length for every case. */
  async next(): Promise<string> {
    const number = ++this.#created;
    const path = `/case-${String(number).padStart(6, '0')}`;
    const record = new JuteWriter().string(path).buffer(null);
    record.vector([ALL_PERMISSIONS], (permissions) => {
      record.int(permissions).string('world').string('anyone');
    });
    const reply = await this.#connection.request(number, CREATE, record.int(0).take());
    if (reply?.error !== 0) throw new Error(`${path} could not be created: error ${reply?.error}`);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.destroy();
    await this.#connection.over;
  }
}

/** Runs the steps one after another. Resolves to their outcomes, without what differs from run to run. */
export async function runCase(stage: Stage, grounds: Grounds, script: Case): Promise<string[]> {
  const normaliser = new Normaliser(await grounds.next());
  const actors = new Map<string, Actor>();
  const outcomes: string[] = [];
  const steps = stepsOf(script);
  try {
    for (const { session, operation } of steps) {
      const isCut = steps.some((step) => step.session === session && step.operation.verb === 'drop');
      const actor = actors.get(session) ?? stage.enter({ name: session, isCut }, normaliser);
      actors.set(session, actor);
      const outcome = await actor.perform(operation);
      outcomes.push(without(operation.options.get('without')?.split(',') ?? [], outcome));
    }
  } finally {
    await Promise.all([...actors.values()].map((actor) => actor.leave()));
  }
  return normaliser.normalise(outcomes);
}

/** Removes fields of stats from the outcome that do not depend on the case alone. */
function without(fields: readonly string[], outcome: string): string {
  return fields.reduce(
    (text, field) => text.replaceAll(new RegExp(` ?\\b${field}=[^\\s}]+`, 'g'), ''),
    outcome,
  );
}

import type { Operation } from '../history.ts';
import { Violation } from '../violation.ts';

/** A sequential object: how each operation changes its state, and what it answers. */
export interface Model<S, I, R> {
  readonly initial: S;
  /**
   * Returns the state after the operation, or undefined if the operation cannot have this outcome in this state. An
   * operation of unknown outcome may have had any of its possible effects.
   */
  apply(state: S, operation: Operation<I, R>): S | undefined;
  /** Returns a text that is equal for equal states. */
  key(state: S): string;
}

interface Node<I, R> {
  readonly operation: Operation<I, R>;
  readonly id: number;
  readonly isReturn: boolean;
  before: Node<I, R> | undefined;
  after: Node<I, R> | undefined;
  /** For a call: its return, or undefined if it has none. */
  match: Node<I, R> | undefined;
}

/** The search gives up after this many steps, because too many operations overlap to judge the history. */
const STEPS_MAX = 3_000_000;

/**
 * Checks that there is an order of the operations in which each takes effect at one moment between its call and its
 * return, and has the answer of the model (Herlihy and Wing, 1990). The search is Wing and Gong's, with Lowe's memory
 * of the configurations that were tried (*Testing for linearizability*, 2017). Operations of unknown outcome may take
 * effect at any time after their call, or never.
 *
 * Throws `Violation`.
 */
export function checkLinearizable<S, I, R>(
  what: string,
  model: Model<S, I, R>,
  history: readonly Operation<I, R>[],
): void {
  const operations = history.filter((operation) => operation.outcome.type !== 'never');
  const head = linked(operations);
  const tried = new Set<string>();
  const done = new Set<number>();
  const stack: { readonly call: Node<I, R>; readonly state: S }[] = [];
  let required = operations.filter((operation) => operation.outcome.type !== 'unknown').length;
  let state = model.initial;
  let at = head.after;
  let longest = 0;
  let steps = 0;
  while (required > 0) {
    if (++steps > STEPS_MAX) throw new Violation('linearizability', `${what}: not decided in ${steps} steps`);
    if (at === undefined || at.isReturn) {
      // An operation returned before anything else could take effect, so the last choice was wrong.
      const last = stack.pop();
      if (last === undefined) throw violation(what, operations, longest);
      state = last.state;
      done.delete(last.call.id);
      if (last.call.match !== undefined) required++;
      putBack(last.call);
      at = last.call.after;
      continue;
    }
    const next = model.apply(state, at.operation);
    if (next !== undefined) {
      done.add(at.id);
      const configuration = `${[...done].sort((a, b) => a - b).join()}|${model.key(next)}`;
      if (!tried.has(configuration)) {
        tried.add(configuration);
        stack.push({ call: at, state });
        state = next;
        if (at.match !== undefined) required--;
        takeOut(at);
        longest = Math.max(longest, stack.length);
        at = head.after;
        continue;
      }
      done.delete(at.id);
    }
    at = at.after;
  }
}

/** Links calls and returns in the order of their moments. */
function linked<I, R>(operations: readonly Operation<I, R>[]): Node<I, R> {
  const nodes: { readonly at: number; readonly node: Node<I, R> }[] = [];
  let id = 0;
  for (const operation of operations) {
    const call: Node<I, R> = {
      operation,
      id: id++,
      isReturn: false,
      before: undefined,
      after: undefined,
      match: undefined,
    };
    nodes.push({ at: operation.begunAt, node: call });
    if (operation.outcome.type === 'unknown') continue;
    const end: Node<I, R> = { ...call, isReturn: true };
    call.match = end;
    nodes.push({ at: operation.endedAt, node: end });
  }
  nodes.sort((a, b) => a.at - b.at);
  const head = { before: undefined, after: undefined } as unknown as Node<I, R>;
  let last = head;
  for (const { node } of nodes) {
    node.before = last;
    last.after = node;
    last = node;
  }
  return head;
}

function takeOut<I, R>(call: Node<I, R>): void {
  unlink(call);
  if (call.match !== undefined) unlink(call.match);
}

function putBack<I, R>(call: Node<I, R>): void {
  if (call.match !== undefined) relink(call.match);
  relink(call);
}

function unlink<I, R>(node: Node<I, R>): void {
  if (node.before !== undefined) node.before.after = node.after;
  if (node.after !== undefined) node.after.before = node.before;
}

function relink<I, R>(node: Node<I, R>): void {
  if (node.before !== undefined) node.before.after = node;
  if (node.after !== undefined) node.after.before = node;
}

function violation<I, R>(what: string, operations: readonly Operation<I, R>[], longest: number): Violation {
  const lines = operations.map(
    ({ session, input, outcome, begunAt, endedAt }) =>
      `  ${begunAt}..${endedAt} ${session} ${JSON.stringify(input)} -> ${JSON.stringify(outcome)}`,
  );
  return new Violation(
    'linearizability',
    `${what}: no order of its ${operations.length} operations explains the answers (at most ${longest} of them):\n${lines.join('\n')}`,
  );
}

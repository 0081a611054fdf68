import {
  CONTAINER_OWNER,
  ErrorNumber,
  type MultiResult,
  OpCode,
  type ReadRequest,
  type Response,
  type StatFields,
  ttlOwner,
} from '@conclave/protocol';
import { type Applied, type Grant, NO_CREDENTIALS, SUPER_CREDENTIALS, Tree } from '@conclave/tree';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Driver, takeCheckpoint, timeOf } from './driver.ts';
import { Model, type ModelNode, type ModelResult } from './model.ts';
import { NEVER_USED_MS, StepPlayer, steps } from './random-steps.ts';

/** The fields of a response that the model predicts. */
function comparable({ error, response }: Applied): ModelResult {
  if (response === undefined) return { error };
  switch (response.op) {
    case OpCode.create:
    case OpCode.create2:
      return { error, path: response.path };
    case OpCode.multi:
      return { error, results: response.results.map(comparableResult) };
    case OpCode.lineJoin:
      return { error, path: response.node, granted: response.granted, position: response.position };
    case OpCode.barrierEnter:
      return { error, opened: response.opened, present: response.present };
    case OpCode.barrierLeave:
      return { error, opened: response.opened, present: response.remaining };
    default:
      return { error };
  }
}

function comparableResult(result: MultiResult<StatFields>): number | string {
  if (result.op === OpCode.error) return result.error;
  return 'path' in result ? result.path : 0;
}

function ownerOf({ kind, ttl, owner }: ModelNode): number | bigint {
  if (kind === 'container') return CONTAINER_OWNER;
  return kind === 'ttl' ? ttlOwner(ttl) : owner;
}

function expectedRead(model: Model, node: ModelNode): Response<StatFields> {
  const numChildren = model.childrenOf(node.path).length;
  const { data, czxid, mzxid, pzxid, version, aversion, creates } = node;
  const [ctime, mtime] = [czxid, mzxid].map((zxid) => (zxid === 0 ? 0 : timeOf(zxid % 2 ** 32)));
  return {
    op: OpCode.getData,
    data,
    stat: {
      czxid: czxid as StatFields['czxid'],
      mzxid: mzxid as StatFields['mzxid'],
      pzxid: pzxid as StatFields['pzxid'],
      ctime: ctime ?? 0,
      mtime: mtime ?? 0,
      version,
      cversion: 2 * creates - numChildren,
      aversion,
      ephemeralOwner: ownerOf(node),
      dataLength: data?.length ?? 0,
      numChildren,
    },
  };
}

/** Lines that change hands in one transaction do so in no order of importance. */
function byToken(grants: readonly Partial<Grant>[]): Partial<Grant>[] {
  return grants.toSorted((a, b) => (a.token ?? 0) - (b.token ?? 0));
}

test('the tree does what a slow and obvious one does', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const driver = new Driver(new Tree({ containerNeverUsedMs: NEVER_USED_MS }));
      const player = new StepPlayer(driver);
      const model = new Model();
      for (const step of story) {
        const { command, from } = player.command(step);
        const applied = driver.apply(command, from);
        const { result, grants } = model.apply(applied.zxid, command, from);
        expect(comparable(applied)).toEqual(result);
        const granted = applied.grants.map(({ sessionId, node, token }) => ({ sessionId, node, token }));
        expect(byToken(granted)).toEqual(byToken(grants));
        expect(driver.tree.nodeCount).toBe(model.nodes.length);
      }
      for (const node of model.nodes) {
        const { path } = node;
        const read = (request: ReadRequest) => driver.read(request, 0, SUPER_CREDENTIALS);
        expect(read({ op: OpCode.getData, path, watch: false })).toEqual(expectedRead(model, node));
        expect(read({ op: OpCode.getACL, path })).toMatchObject({ acl: node.acl });
        const head = model.lineOf(path)[0];
        expect(read({ op: OpCode.lineHolder, path, watch: false })).toMatchObject({
          node: head?.path ?? '',
          token: head?.czxid ?? 0,
        });
      }
      expect([...driver.tree.sessions()].map(({ id }) => id)).toEqual(model.sessions.map(({ id }) => id));
      for (const { id } of model.sessions) {
        const ephemeralCount = model.nodes.filter(({ owner }) => owner === id).length;
        expect(driver.tree.session(id)).toMatchObject({ ephemeralCount });
      }
    }),
    { numRuns: 30 },
  );
});

test('two trees that apply the same transactions are equal after each of them', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const [one, two] = [new Driver(), new Driver()];
      const player = new StepPlayer(one);
      for (const step of story) {
        const { command, from } = player.command(step);
        expect(two.apply(command, from)).toEqual(one.apply(command, from));
        expect(two.tree.digest()).toBe(one.tree.digest());
      }
    }),
    { numRuns: 30 },
  );
});

test('the running digest is the one that is reckoned anew from all rows, in any order', () => {
  fc.assert(
    fc.property(steps, fc.nat(), (story, shift) => {
      const driver = new Driver();
      const player = new StepPlayer(driver);
      for (const step of story) player.play(step);
      const rows = takeCheckpoint(driver.tree);
      const at = shift % rows.length;
      const anew = new Tree();
      anew.loadRows([...rows.slice(at), ...rows.slice(0, at)]);
      anew.finishLoading(driver.tree.lastZxid);
      expect(anew.digest()).toBe(driver.tree.digest());
    }),
    { numRuns: 30 },
  );
});

test('a request sent twice has the effect of one, whatever it is', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const [once, twice] = [new Driver(), new Driver()];
      const player = new StepPlayer(once);
      for (const step of story) {
        const { command, from } = player.command(step);
        const first = once.apply(command, from);
        const second = twice.apply(command, from);
        expect(second).toEqual(first);
        if (from.native !== true || first.error === ErrorNumber.SESSION_EXPIRED) continue;
        const before = twice.tree.nodeCount;
        const { error, response, changes, grants } = twice.tree.apply({
          zxid: once.nextZxid,
          time: 0,
          origin: 2,
          sessionId: from.session ?? 0,
          xid: from.xid ?? 0,
          confirmed: from.confirmed ?? 0,
          native: true,
          credentials: NO_CREDENTIALS,
          quotasEnforced: true,
          command: command as Extract<typeof command, { op: typeof OpCode.delete }>,
        });
        expect([error, response, changes, grants]).toEqual([first.error, first.response, [], []]);
        expect(twice.tree.nodeCount).toBe(before);
        once.apply({ op: OpCode.delete, path: '/none', version: -1 });
        twice.continueFrom(once);
      }
    }),
    { numRuns: 30 },
  );
});

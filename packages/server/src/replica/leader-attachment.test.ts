import { counterOf, makeZxid, OpCode } from '@conclave/protocol';
import { decodePayload, encodeCommand, Tree } from '@conclave/tree';
import { majority, type ServerId } from '@conclave/zab';
import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import type { LinkMessage } from '../peers/link-messages.ts';
import { LeaderAttachment } from './leader-attachment.ts';

const SELF = 1;
const LEADER = 2;
const SUSPICION_MS = 100;
const PAYLOAD = new Uint8Array(8);
const PASSWORD = new Uint8Array(16);
const CREATE_SESSION = encodeCommand(
  { origin: SELF, sessionId: 0, xid: 1, confirmed: 0, native: true },
  { op: OpCode.createSession, timeoutMs: 1_000, password: PASSWORD, native: true },
);
const CLAIM = { id: 7, since: makeZxid(1, 1) };

let nowMs: number;
let tree: Tree;
let sent: { to: ServerId; message: LinkMessage }[];
let calls: unknown[];
let attachment: LeaderAttachment;

beforeEach(() => {
  nowMs = 1_000;
  tree = new Tree();
  sent = [];
  calls = [];
  attachment = new LeaderAttachment(
    {
      id: SELF,
      quorum: majority([1, 2, 3]),
      clock: {
        monotonicMs: () => nowMs,
        wallMs: () => nowMs,
        after: () => () => undefined,
        endOfTurn: () => undefined,
      },
      suspicionMs: SUSPICION_MS,
      expirySlackMs: 0,
      outstandingMax: 100,
      log: pino({ level: 'silent' }),
      links: { send: (to, message) => sent.push({ to, message }) > 0 },
      applier: { tree },
      broadcast: {
        canPropose: true,
        lastLogged: makeZxid(1, 2),
        outstanding: 0,
        propose: (payloads) => calls.push(['propose', payloads.length]),
        confirmLeadership: (request) => calls.push(['confirm', request]),
        applyCommitted: () => applyUpTo(2),
      },
      scheduleWork: () => undefined,
    },
    {
      onServing: () => calls.push('serving'),
      onNotServing: () => calls.push('not serving'),
      onReadIndex: (request, zxid) => calls.push(['read index', request, zxid]),
      onSessionUnknown: (request) => calls.push(['unknown', request]),
      onSessionMoved: (id) => calls.push(['moved', id]),
      sessionClaims: () => [CLAIM],
    },
  );
});

function applyUpTo(counter: number): void {
  for (let next = counterOf(tree.lastZxid) + 1; next <= counter; next++) {
    tree.apply(decodePayload(makeZxid(1, next), CREATE_SESSION));
  }
}

/** From now on the server follows `LEADER`. */
function follow(): void {
  attachment.follow({ role: 'following', phase: 'broadcast', leader: LEADER, epoch: 1 });
}

function look(): void {
  attachment.follow({ role: 'looking', phase: 'election', leader: undefined, epoch: 1 });
}

/** The server follows and serves. Forgets the messages on the way there. */
function serve(): void {
  follow();
  attachment.handleAnswer(LEADER, { type: 'attached', barrier: tree.lastZxid, moved: [] });
  expect(attachment.isServing).toBe(true);
  sent.length = 0;
  calls.length = 0;
}

/** The messages since the last call. All of them went to the leader. */
function asked(): LinkMessage[] {
  expect(sent.filter(({ to }) => to !== LEADER)).toEqual([]);
  return sent.splice(0).map(({ message }) => message);
}

describe('a follower', () => {
  test('serves when it has applied everything that its leader had logged', () => {
    follow();
    expect(asked()).toEqual([{ type: 'attach', sessions: [CLAIM] }]);
    attachment.handleAnswer(LEADER, { type: 'attached', barrier: makeZxid(1, 2), moved: [7] });
    applyUpTo(1);
    attachment.maybeServe();
    expect(calls).toEqual([['moved', 7]]);
    applyUpTo(2);
    attachment.maybeServe();
    attachment.maybeServe();
    expect(calls).toEqual([['moved', 7], 'serving']);
  });

  test('stops serving when the broadcast ends, and drops the writes that it has not passed on', () => {
    serve();
    attachment.submit(PAYLOAD);
    look();
    expect([calls, attachment.isServing]).toEqual([['not serving'], false]);
    attachment.readIndex(1);
    attachment.submit(PAYLOAD);
    attachment.work();
    expect(asked()).toEqual([]);
    serve();
    attachment.work();
    expect(asked()).toEqual([]);
  });

  test('ignores answers of servers that are not its leader', () => {
    serve();
    attachment.handleAnswer(3, { type: 'sessionUnknown', request: 1 });
    attachment.handleAnswer(LEADER, { type: 'sessionUnknown', request: 2 });
    look();
    attachment.handleAnswer(LEADER, { type: 'sessionUnknown', request: 3 });
    expect(calls).toEqual([['unknown', 2], 'not serving']);
  });

  test('passes on the writes of a turn together, and before the question for a session', () => {
    serve();
    attachment.submit(PAYLOAD);
    attachment.submit(PAYLOAD);
    attachment.work();
    attachment.submit(PAYLOAD);
    attachment.revalidate(5, 7, PASSWORD);
    expect(asked()).toEqual([
      { type: 'forward', payloads: [PAYLOAD, PAYLOAD] },
      { type: 'forward', payloads: [PAYLOAD] },
      { type: 'revalidate', request: 5, sessionId: 7, password: PASSWORD },
    ]);
  });

  test('passes on writes that do not fit into one frame in several', () => {
    serve();
    for (let i = 0; i < 3; i++) attachment.submit(new Uint8Array(3 * 1024 * 1024));
    attachment.work();
    expect(asked().map((message) => message.type === 'forward' && message.payloads.length)).toEqual([
      1, 1, 1,
    ]);
  });

  test('is in touch while messages of its leader come, and after a pause when the leader has answered', () => {
    serve();
    attachment.noteMessage(LEADER);
    expect(attachment.isInTouch).toBe(true);
    nowMs += SUSPICION_MS;
    attachment.noteAwake();
    attachment.noteMessage(LEADER);
    expect(attachment.isInTouch).toBe(false);
    const [question] = asked();
    if (question?.type !== 'readIndex') throw new TypeError('a question');
    attachment.handleAnswer(LEADER, { type: 'readIndexed', request: question.request, zxid: tree.lastZxid });
    expect(attachment.isInTouch).toBe(true);
    attachment.handleAnswer(LEADER, { type: 'readIndexed', request: 9, zxid: tree.lastZxid });
    expect(calls).toEqual([['read index', 9, tree.lastZxid]]);
  });
});

describe('a leader', () => {
  const lead = () => attachment.follow({ role: 'leading', phase: 'broadcast', leader: SELF, epoch: 1 });

  test('is attached to its own desk, with the whole history applied', () => {
    lead();
    expect(tree.lastZxid).toBe(makeZxid(1, 2));
    expect(calls).toEqual(['serving']);
    attachment.submit(CREATE_SESSION);
    attachment.readIndex(4);
    attachment.work();
    expect(calls).toEqual(['serving', ['confirm', 1], ['propose', 1]]);
    attachment.desk?.confirmed(1, makeZxid(1, 2));
    expect(calls.at(-1)).toEqual(['read index', 4, makeZxid(1, 2)]);
    expect(sent).toEqual([]);
  });

  test('has a desk for its followers, until it stops leading', () => {
    lead();
    attachment.handleRequest(3, { type: 'attach', sessions: [] });
    expect(sent).toEqual([{ to: 3, message: { type: 'attached', barrier: makeZxid(1, 2), moved: [] } }]);
    look();
    expect(attachment.desk).toBeUndefined();
    attachment.handleRequest(3, { type: 'attach', sessions: [] });
    expect(sent.length).toBe(1);
  });
});

import { InvariantError, OpCode, ProtocolError } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { ConclaveError } from '../errors.ts';
import { Call } from './call.ts';
import { type PipelineConnection, RequestPipeline } from './pipeline.ts';

/** A native connection that always has room, and takes every request. */
const connection: PipelineConnection = {
  native: true,
  congested: false,
  batch: 1,
  batchStartedAt: 0,
  writeRequest: () => true,
};

const lost = new ConclaveError('CONNECTION_LOST', 'the connection was lost');

function submitted(pipeline: RequestPipeline): Call {
  const call = new Call({ op: OpCode.delete, path: '/a', version: -1 }, false);
  pipeline.submit(call, connection);
  return call;
}

describe('request numbers', () => {
  test('requests are answered in the order in which they were sent', () => {
    const pipeline = new RequestPipeline();
    const calls = [submitted(pipeline), submitted(pipeline)];
    expect(calls.map(({ xid }) => xid)).toEqual([1, 2]);
    expect([pipeline.answer(1, true), pipeline.answer(2, true)]).toEqual(calls);
  });

  test('a second answer to one request is a fault of the server', () => {
    const pipeline = new RequestPipeline();
    submitted(pipeline);
    pipeline.answer(1, true);
    expect(() => pipeline.answer(1, true)).toThrow(ProtocolError);
  });

  test('a request that would take an answered number is a broken invariant', () => {
    const pipeline = new RequestPipeline();
    submitted(pipeline);
    const second = submitted(pipeline);
    pipeline.answer(1, true);
    second.xid = 1;
    expect(() => pipeline.answer(1, true)).toThrow(InvariantError);
  });

  test('a request that is sent twice on one connection is a broken invariant', () => {
    const pipeline = new RequestPipeline();
    const call = submitted(pipeline);
    expect(() => pipeline.submit(call, connection)).toThrow(InvariantError);
  });

  test('a request keeps its number on the next connection', () => {
    const pipeline = new RequestPipeline();
    const call = submitted(pipeline);
    submitted(pipeline);
    pipeline.handleConnectionLost(true, lost);
    pipeline.resend(connection);
    expect(pipeline.answer(1, true)).toBe(call);
  });
});

describe('a write that was sent and is aborted', () => {
  const abandon = (call: Call) => call.handleAbort(new Error('the caller gave up'));

  test.each([
    ['before the connection breaks', [abandon, () => {}]],
    ['while there is no connection', [() => {}, abandon]],
  ] as const)('%s is not sent again', (_, [before, after]) => {
    const sent: number[] = [];
    const next = { ...connection, writeRequest: (xid: number) => sent.push(xid) > 0 };
    const pipeline = new RequestPipeline();
    const abandoned = submitted(pipeline);
    const kept = submitted(pipeline);
    before(abandoned);
    pipeline.handleConnectionLost(true, lost);
    after(abandoned);
    pipeline.resend(next);
    expect(sent).toEqual([2]);
    expect(pipeline.answer(2, true)).toBe(kept);
    expect(pipeline.oldest).toBeUndefined();
  });
});

test('more withdrawn calls than queued ones are a broken invariant', () => {
  const pipeline = new RequestPipeline();
  pipeline.handleWithdrawn();
  submitted(pipeline);
  expect(() => pipeline.answer(1, true)).toThrow(InvariantError);
});

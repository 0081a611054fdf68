import { describe, expect, test } from 'vitest';
import {
  ByteReader,
  ErrorNumber,
  EventType,
  KeeperState,
  makeZxid,
  OpCode,
  readConnectRequest,
  readConnectResponse,
  readReplyHeader,
  readRequest,
  readRequestHeader,
  readWatcherEvent,
  writeConnectRequest,
  writeConnectResponse,
  writeReplyHeader,
  writeRequestHeader,
  writeWatcherEvent,
} from '../src/index.ts';
import { hex, hexOf, joined, NULL, PASSWORD, PATH, password, path } from './wire-bytes.ts';

/** The bytes of what is not a record of an operation, set down by hand as `wire-drift.test.ts` does it. */

describe('headers, events and the handshake', () => {
  test('a request header', () => {
    const header = { xid: 7, opcode: OpCode.getData, flags: 0, confirmed: 0 };
    const bytes = joined('00000007 00000004');
    expect(hexOf((writer) => writeRequestHeader(writer, header, false))).toBe(bytes);
    expect(readRequestHeader(new ByteReader(hex(bytes)), false)).toEqual(header);
  });

  test('a native request header', () => {
    const header = { xid: 2 ** 32 + 7, opcode: OpCode.getData, flags: 1, confirmed: 2 ** 32 + 5 };
    const bytes = joined('0000000100000007 00000004 00000001 0000000100000005');
    expect(hexOf((writer) => writeRequestHeader(writer, header, true))).toBe(bytes);
    expect(readRequestHeader(new ByteReader(hex(bytes)), true)).toEqual(header);
  });

  test('a reply header', () => {
    const header = { xid: -2, zxid: makeZxid(1, 2), error: ErrorNumber.NO_NODE };
    const bytes = joined('fffffffe 0000000100000002 ffffff9b');
    expect(hexOf((writer) => writeReplyHeader(writer, header.xid, header.zxid, header.error, false))).toBe(
      bytes,
    );
    expect(readReplyHeader(new ByteReader(hex(bytes)), false)).toEqual(header);
  });

  test('a native reply header', () => {
    const header = { xid: 2 ** 32 + 7, zxid: makeZxid(1, 2), error: ErrorNumber.GRANT_OVER };
    const bytes = joined('0000000100000007 0000000100000002 fffffc18');
    expect(hexOf((writer) => writeReplyHeader(writer, header.xid, header.zxid, header.error, true))).toBe(
      bytes,
    );
    expect(readReplyHeader(new ByteReader(hex(bytes)), true)).toEqual(header);
  });

  test('a watch event', () => {
    const event = { type: EventType.nodeChildrenChanged, state: KeeperState.syncConnected, path };
    const bytes = joined(`00000004 00000003 ${PATH}`);
    expect(hexOf((writer) => writeWatcherEvent(writer, event))).toBe(bytes);
    expect(readWatcherEvent(new ByteReader(hex(bytes)))).toEqual(event);
  });

  test.each([
    { client: 'a new', readOnly: true, tail: '01', length: 45 },
    { client: 'an old', readOnly: undefined, tail: '', length: 44 },
  ])('a connect request of $client client', ({ readOnly, tail, length }) => {
    const request = {
      protocolVersion: 0,
      lastZxidSeen: makeZxid(1, 2),
      timeoutMs: 30_000,
      sessionId: 0x0102030405060708n,
      password,
      readOnly,
    };
    const bytes = joined(`00000000 0000000100000002 00007530 0102030405060708 ${PASSWORD} ${tail}`);
    expect(bytes).toHaveLength(length * 2);
    expect(hexOf((writer) => writeConnectRequest(writer, request))).toBe(bytes);
    expect(readConnectRequest(hex(bytes))).toEqual(request);
  });

  test.each([
    { client: 'a new', readOnly: false, tail: '00', length: 37 },
    { client: 'an old', readOnly: undefined, tail: '', length: 36 },
  ])('a connect response to $client client', ({ readOnly, tail, length }) => {
    const response = {
      protocolVersion: 0,
      timeoutMs: 30_000,
      sessionId: 0x0102030405060708n,
      password,
      readOnly,
    };
    const bytes = joined(`00000000 00007530 0102030405060708 ${PASSWORD} ${tail}`);
    expect(bytes).toHaveLength(length * 2);
    expect(hexOf((writer) => writeConnectResponse(writer, response))).toBe(bytes);
    expect(readConnectResponse(hex(bytes))).toEqual(response);
  });

  test('a null password and null lists, as C clients may send them', () => {
    const connect = readConnectRequest(hex(joined(`00000000 ${'00'.repeat(20)} ${NULL} 00`)));
    expect(connect.password).toEqual(new Uint8Array(16));
    const create = readRequest(
      OpCode.create,
      new ByteReader(hex(joined(`${PATH} ${NULL} ${NULL} 00000000`))),
    );
    expect(create).toEqual({ op: OpCode.create, path, data: null, acl: [], flags: 0 });
    expect(readRequest(OpCode.sync, new ByteReader(hex(NULL)))).toEqual({ op: OpCode.sync, path: '' });
  });
});

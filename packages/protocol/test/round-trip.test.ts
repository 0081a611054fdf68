import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ByteReader,
  ByteWriter,
  OPEN_ACL,
  readAcl,
  readConnectRequest,
  readConnectResponse,
  readReplyHeader,
  readRequest,
  readRequestHeader,
  readResponse,
  readStat,
  readWatcherEvent,
  STAT_BYTES,
  writeAcl,
  writeConnectRequest,
  writeConnectResponse,
  writeReplyHeader,
  writeRequest,
  writeRequestHeader,
  writeResponse,
  writeStat,
  writeWatcherEvent,
} from '../src/index.ts';
import {
  acl,
  connectRequest,
  connectResponse,
  encoded,
  nativeReplyHeader,
  nativeRequestHeader,
  request,
  response,
  stat,
  watcherEvent,
  zooKeeperReplyHeader,
  zooKeeperRequestHeader,
} from './arbitraries.ts';

describe('what was written is what is read', () => {
  test('requests', () => {
    fc.assert(
      fc.property(request, (value) => {
        const bytes = encoded((writer) => writeRequest(writer, value));
        expect(readRequest(value.op, new ByteReader(bytes))).toEqual(value);
      }),
      { numRuns: 1000 },
    );
  });

  test('responses', () => {
    fc.assert(
      fc.property(response, (value) => {
        const bytes = encoded((writer) => writeResponse(writer, value));
        expect(readResponse(value.op, new ByteReader(bytes))).toEqual(value);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    { door: 'native', native: true, header: nativeRequestHeader },
    { door: 'ZooKeeper', native: false, header: zooKeeperRequestHeader },
  ])('$door request headers', ({ native, header }) => {
    fc.assert(
      fc.property(header, (value) => {
        const reader = new ByteReader(encoded((writer) => writeRequestHeader(writer, value, native)));
        expect(readRequestHeader(reader, native)).toEqual(value);
        reader.end();
      }),
    );
  });

  test.each([
    { door: 'native', native: true, header: nativeReplyHeader },
    { door: 'ZooKeeper', native: false, header: zooKeeperReplyHeader },
  ])('$door reply headers', ({ native, header }) => {
    fc.assert(
      fc.property(header, (value) => {
        const reader = new ByteReader(
          encoded((writer) => writeReplyHeader(writer, value.xid, value.zxid, value.error, native)),
        );
        expect(readReplyHeader(reader, native)).toEqual(value);
        reader.end();
      }),
    );
  });

  test('connect requests, of new and of old clients', () => {
    fc.assert(
      fc.property(connectRequest, (value) => {
        expect(readConnectRequest(encoded((writer) => writeConnectRequest(writer, value)))).toEqual(value);
      }),
    );
  });

  test('connect responses, to new and to old clients', () => {
    fc.assert(
      fc.property(connectResponse, (value) => {
        expect(readConnectResponse(encoded((writer) => writeConnectResponse(writer, value)))).toEqual(value);
      }),
    );
  });

  test('watch events', () => {
    fc.assert(
      fc.property(watcherEvent, (value) => {
        const bytes = encoded((writer) => writeWatcherEvent(writer, value));
        expect(readWatcherEvent(new ByteReader(bytes))).toEqual(value);
      }),
    );
  });

  test('stats, always of the same size', () => {
    fc.assert(
      fc.property(stat, (value) => {
        const bytes = encoded((writer) => writeStat(writer, value));
        expect(bytes.length).toBe(STAT_BYTES);
        expect(readStat(new ByteReader(bytes))).toEqual(value);
      }),
    );
  });

  test('access control lists', () => {
    fc.assert(
      fc.property(acl, (value) => {
        const reader = new ByteReader(encoded((writer) => writeAcl(writer, value)));
        expect(readAcl(reader)).toEqual(value);
        reader.end();
      }),
    );
  });

  test('the open list, even a copy of it, is read as the constant', () => {
    const copy = OPEN_ACL.map((entry) => ({ ...entry }));
    const bytes = encoded((writer) => writeAcl(writer, copy));
    expect(bytes).toEqual(encoded((writer) => writeAcl(writer, OPEN_ACL)));
    expect(readAcl(new ByteReader(bytes))).toBe(OPEN_ACL);
  });
});

test('records behind one another in one reused writer do not disturb each other', () => {
  const writer = new ByteWriter(1);
  fc.assert(
    fc.property(fc.array(request, { maxLength: 5 }), (values) => {
      writer.reset();
      const ends = values.map((value) => {
        writeRequest(writer, value);
        return writer.length;
      });
      values.forEach((value, i) => {
        const bytes = writer.view().subarray(ends[i - 1] ?? 0, ends[i]);
        expect(readRequest(value.op, new ByteReader(bytes))).toEqual(value);
      });
    }),
  );
});

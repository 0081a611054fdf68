import { makeZxid, OPEN_ACL, OpCode, ProtocolError } from '@conclave/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Credentials, encodeCredentials, NO_CREDENTIALS } from './access/credentials.ts';
import { decodePayload, encodeCommand, encodePayload, peekPayload, stampTime } from './payload.ts';
import type { Command } from './txn.ts';

const zxid = makeZxid(3, 9);
const fields = { origin: 2, sessionId: makeZxid(1, 7), xid: 2 ** 40, confirmed: 2 ** 40 - 3, native: true };

const everyKind: Credentials[] = [
  NO_CREDENTIALS,
  { address: Uint8Array.of(127, 0, 0, 1), identities: [] },
  { address: new Uint8Array(16).fill(7), identities: [{ scheme: 'digest', id: 'bob:x=' }] },
  {
    address: undefined,
    identities: [
      { scheme: 'super', id: '' },
      { scheme: 'digest', id: 'ann:y=' },
    ],
  },
];

const commands: [name: string, command: Command][] = [
  ['create', { op: OpCode.create, path: '/a', data: new Uint8Array([1]), acl: OPEN_ACL, flags: 1 }],
  ['setData', { op: OpCode.setData, path: '/a', data: null, version: 4 }],
  ['multi', { op: OpCode.multi, operations: [{ op: OpCode.check, path: '/a', version: 1 }] }],
  ['lineJoin', { op: OpCode.lineJoin, path: '/l', prefix: 'a-lock-', data: null, wait: true }],
  [
    'guarded',
    { op: OpCode.guarded, path: '/l', token: 5, write: { op: OpCode.delete, path: '/a', version: -1 } },
  ],
  [
    'createSession',
    { op: OpCode.createSession, timeoutMs: 4000, password: new Uint8Array(16), native: true },
  ],
  ['createTTL', { op: OpCode.createTTL, path: '/t', data: null, acl: OPEN_ACL, flags: 5, ttl: 2 ** 40 - 1 }],
  ['setACL', { op: OpCode.setACL, path: '/a', acl: OPEN_ACL, version: 2 }],
  [
    'deleteContainer',
    { op: OpCode.deleteContainer, path: '/c', czxid: makeZxid(1, 4), neverUsedMs: 300_000 },
  ],
  ['closeSession by the client', { op: OpCode.closeSession, reason: 'client' }],
  ['closeSession by expiry', { op: OpCode.closeSession, reason: 'expired' }],
];

describe('payloads', () => {
  test.each(commands)('%s comes back as it was', (_, command) => {
    const payload = encodeCommand(fields, command);
    for (const credentials of everyKind) {
      for (const quotasEnforced of [true, false]) {
        const all = { ...fields, credentials: encodeCredentials(credentials), quotasEnforced };
        const stamped = encodeCommand(all, command);
        stampTime(stamped, 1_753_000_000_123);
        expect(decodePayload(zxid, stamped)).toEqual({
          zxid,
          time: 1_753_000_000_123,
          ...fields,
          credentials,
          quotasEnforced,
          command,
        });
      }
    }
    expect(peekPayload(payload)).toEqual({
      origin: 2,
      sessionId: fields.sessionId,
      xid: fields.xid,
      opcode: command.op,
    });
  });

  test('numbers keep their value over the whole range', () => {
    const long = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    const command: Command = { op: OpCode.closeSession, reason: 'client' };
    fc.assert(
      fc.property(
        long,
        long,
        long,
        long,
        fc.nat({ max: 2 ** 31 - 1 }),
        (time, sessionId, xid, confirmed, origin) => {
          const payload = encodeCommand({ origin, sessionId, xid, confirmed, native: false }, command);
          stampTime(payload, time);
          expect(decodePayload(zxid, payload)).toMatchObject({
            time,
            sessionId,
            xid,
            confirmed,
            origin,
            native: false,
          });
        },
      ),
    );
  });

  test('arbitrary bytes are refused with the typed error or decoded', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 120 }),
        fc.constantFrom(...Object.values(OpCode)),
        fc.nat({ max: 31 }),
        (record, opcode, flags) => {
          try {
            const payload = encodePayload({ ...fields, opcode }, record);
            payload[39] = flags;
            decodePayload(zxid, payload);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        },
      ),
    );
  });

  test.each([
    ['a read', OpCode.sync],
    ['a ping', OpCode.ping],
    ['an unknown operation', 4711],
    ['a bare check', OpCode.check],
  ])('%s is no transaction', (_, opcode) => {
    const record = new Uint8Array(opcode === OpCode.sync ? 4 : 0);
    expect(() => decodePayload(zxid, encodePayload({ ...fields, opcode }, record))).toThrow(ProtocolError);
  });

  test('a negative session and unknown flags are refused', () => {
    const payload = encodeCommand(fields, { op: OpCode.closeSession, reason: 'client' });
    const flagged = payload.slice();
    flagged[39] = 0x7f;
    expect(() => decodePayload(zxid, flagged)).toThrow(ProtocolError);
    const negative = payload.slice();
    negative.fill(0xff, 12, 20);
    expect(() => decodePayload(zxid, negative)).toThrow(ProtocolError);
  });

  test('a truncated header is refused', () => {
    expect(() => decodePayload(zxid, new Uint8Array(20))).toThrow(ProtocolError);
  });
});

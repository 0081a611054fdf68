import { ErrorNumber, EventType, OpCode, ProtocolVersion, WEBSOCKET_SUBPROTOCOL } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { page, section, tableRows } from './pages.ts';

const reference = page('docs/protocol.md');

/** Operations that occur only in logs and within `multi`. */
const NEVER_IN_A_REQUEST: readonly number[] = [
  OpCode.error,
  OpCode.createSession,
  OpCode.moveSession,
  OpCode.deleteContainer,
];

test('the reference lists exactly the operations, with their numbers', () => {
  const described = tableRows(section(reference, '## Operations')).map(([number, name]) => [
    name,
    Number(number),
  ]);
  const known = Object.entries(OpCode).filter(([, number]) => !NEVER_IN_A_REQUEST.includes(number));
  expect(new Map(described as [string, number][])).toEqual(new Map<string, number>(known));
});

test("the reference lists exactly Conclave's own errors, with their numbers", () => {
  const described = tableRows(section(reference, '## Errors')).map(([number, code]) => [
    code,
    Number(number),
  ]);
  expect(described).toEqual(Object.entries(ErrorNumber).filter(([, number]) => number <= -1000));
});

test("the reference lists exactly Conclave's own events, with their numbers", () => {
  const described = tableRows(section(reference, '## Events')).map(([number, name]) => [
    name,
    Number(number),
  ]);
  expect(described).toEqual(Object.entries(EventType).filter(([, number]) => number >= 1000));
});

test('the reference lists exactly the versions of the handshake', () => {
  const described = tableRows(section(reference, '## Handshake')).map(([version]) => Number(version));
  expect(described).toEqual(Object.values(ProtocolVersion));
});

test('the reference names the WebSocket subprotocol', () => {
  expect(section(reference, '## Doors')).toContain(`\`${WEBSOCKET_SUBPROTOCOL}\``);
});

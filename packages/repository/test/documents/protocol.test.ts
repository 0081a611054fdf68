import { ErrorNumber, EventType, OpCode, ProtocolVersion, WEBSOCKET_SUBPROTOCOL } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { page, section, tableRows } from './pages.ts';

const reference = page('docs/protocol.md');

/** Which stand in logs and within `multi` only. */
const NEVER_IN_A_REQUEST: readonly number[] = [
  OpCode.error,
  OpCode.createSession,
  OpCode.moveSession,
  OpCode.deleteContainer,
];

test('every operation stands there with its number, and no other', () => {
  const described = tableRows(section(reference, '## Operations')).map(([number, name]) => [
    name,
    Number(number),
  ]);
  const known = Object.entries(OpCode).filter(([, number]) => !NEVER_IN_A_REQUEST.includes(number));
  expect(new Map(described as [string, number][])).toEqual(new Map<string, number>(known));
});

test("every error of Conclave's own stands there with its number, and no other", () => {
  const described = tableRows(section(reference, '## Errors')).map(([number, code]) => [
    code,
    Number(number),
  ]);
  expect(described).toEqual(Object.entries(ErrorNumber).filter(([, number]) => number <= -1000));
});

test("every event of Conclave's own stands there with its number, and no other", () => {
  const described = tableRows(section(reference, '## Events')).map(([number, name]) => [
    name,
    Number(number),
  ]);
  expect(described).toEqual(Object.entries(EventType).filter(([, number]) => number >= 1000));
});

test('every version of the handshake stands there, and no other', () => {
  const described = tableRows(section(reference, '## Handshake')).map(([version]) => Number(version));
  expect(described).toEqual(Object.values(ProtocolVersion));
});

test('the subprotocol is called by its name', () => {
  expect(section(reference, '## Doors')).toContain(`\`${WEBSOCKET_SUBPROTOCOL}\``);
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { differences } from '../src/differences.ts';
import { parseScript, renderCase, ScriptError, stepsOf } from '../src/script.ts';
import { readScripts } from '../src/scripts.ts';

const scripts = readScripts();
const cases = scripts.flatMap(({ cases: all }) => all);
const steps = cases.flatMap(stepsOf);

describe('the cases', () => {
  test('number at least 400 for the SDK and 550 in all', () => {
    expect(cases.filter(({ via }) => via.includes('sdk')).length).toBeGreaterThanOrEqual(400);
    expect(cases.length).toBeGreaterThanOrEqual(550);
  });

  test('have unique names', () => {
    const names = cases.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  test('have a recorded answer to every step', () => {
    expect(steps.filter(({ recorded }) => recorded === '').map(({ text }) => text)).toEqual([]);
  });

  test('use every operation that a client may send', () => {
    const verbs = new Set(
      steps.flatMap(({ operation }) => [operation, ...operation.parts].map(({ verb }) => verb)),
    );
    expect(
      [
        ...[
          'create',
          'delete',
          'exists',
          'getData',
          'setData',
          'getACL',
          'setACL',
          'getChildren',
          'sync',
          'ping',
        ],
        ...['getChildren2', 'check', 'multi', 'create2', 'reconfig', 'checkWatches', 'removeWatches'],
        ...['createContainer', 'deleteContainer', 'createTTL', 'multiRead', 'auth', 'setWatches', 'sasl'],
        ...['getEphemerals', 'getAllChildrenNumber', 'setWatches2', 'addWatch', 'whoAmI', 'close'],
      ].filter((verb) => !verbs.has(verb)),
    ).toEqual([]);
  });

  test('meet every error of these operations', () => {
    const answers = steps
      .flatMap(({ recorded, difference }) => [recorded, difference?.answer ?? ''])
      .join('\n');
    expect(
      [
        ...['NO_NODE', 'NODE_EXISTS', 'NOT_EMPTY', 'BAD_VERSION', 'NO_CHILDREN_FOR_EPHEMERALS', 'NO_AUTH'],
        ...[
          'INVALID_ACL',
          'AUTH_FAILED',
          'BAD_ARGUMENTS',
          'MARSHALLING_ERROR',
          'UNIMPLEMENTED',
          'NO_WATCHER',
        ],
        ...['QUOTA_EXCEEDED', 'RECONFIG_DISABLED', 'RUNTIME_INCONSISTENCY'],
      ].filter((code) => !answers.includes(code)),
    ).toEqual([]);
  });
});

describe('the intended differences', () => {
  const page = readFileSync(new URL('../../../docs/zookeeper-differences.md', import.meta.url), 'utf8');

  test('are exactly those that cases meet', () => {
    const met = new Set(steps.flatMap(({ difference }) => difference?.id ?? []));
    expect([...met].sort()).toEqual(differences.map(({ id }) => id).sort());
  });

  test.each(differences)('$id is a row in the documents', ({ id, what, zookeeper, conclave, why }) => {
    expect(page).toContain(`| \`${id}\` | ${what} | ${zookeeper} | ${conclave} | ${why} |`);
  });

  test('are answers that differ from those of ZooKeeper', () => {
    expect(steps.filter(({ recorded, difference }) => difference?.answer === recorded)).toEqual([]);
  });
});

describe('a script', () => {
  const text = [
    '= a case [wire]',
    '# Why it is so.',
    'A create ~/a "x y" mode=ephemeral',
    '-> ~/a',
    'conclave some-id: NO_AUTH',
    'B multi check ~/a version=0 ; delete ~/b',
    '-> [ok | ok]',
  ].join('\n');
  const [parsed] = parseScript(text);

  test('is read', () => {
    expect(parsed?.via).toEqual(['wire']);
    const [create, multi] = parsed === undefined ? [] : stepsOf(parsed);
    expect(create).toMatchObject({
      session: 'A',
      recorded: '~/a',
      difference: { id: 'some-id', answer: 'NO_AUTH' },
      operation: { verb: 'create', words: ['~/a', '"x y"'] },
    });
    expect(create?.operation.options.get('mode')).toBe('ephemeral');
    expect(multi?.operation.parts.map(({ verb, words }) => [verb, ...words])).toEqual([
      ['check', '~/a'],
      ['delete', '~/b'],
    ]);
  });

  test('is written back unchanged', () => {
    expect(parsed && renderCase(parsed, ['~/a', '[ok | ok]'])).toBe(text);
  });

  test.each([
    ['a step before any case', 'A create ~/a'],
    ['an answer without a step', '= a case\n-> ok'],
    ['a session without an operation', '= a case\nA'],
    ['an unknown client', '= a case [pigeon]'],
    ['a difference without a name', '= a case\nA ping\n-> ok\nconclave : ok'],
  ])('is refused for %s', (_, wrong) => {
    expect(() => parseScript(wrong)).toThrow(ScriptError);
  });
});

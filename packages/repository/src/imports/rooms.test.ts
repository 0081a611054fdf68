import { expect, test } from 'vitest';
import { importGraph, parseFile } from './import-graph.ts';
import { roomProblems, table } from './rooms.ts';

const rooms = table(`
  index: *
  doors: clients
    stats
  clients: stats
  stats:
`);

const sources: Record<string, string> = {
  'index.ts': "export { Door } from './doors/door.ts';",
  'doors/door.ts': "import './sign.ts'; import type { Client } from '../clients/client.ts';",
  'doors/sign.ts': "import { count } from '../stats/stats.ts';",
  'clients/client.ts': "import { count } from '../stats/stats.ts'; import '@conclave/protocol';",
  'stats/stats.ts': '',
};

function check(changes: Record<string, string>, tableOfRooms = rooms): string[] {
  const files = Object.entries({ ...sources, ...changes }).map(([name, source]) =>
    parseFile({ file: `packages/server/src/${name}`, source }),
  );
  return roomProblems('packages/server', tableOfRooms, importGraph(files));
}

test('a table is read with its continued lines, and with all boxes below for a star', () => {
  expect(Object.fromEntries(rooms)).toEqual({
    index: ['doors', 'clients', 'stats'],
    doors: ['clients', 'stats'],
    clients: ['stats'],
    stats: [],
  });
});

test('imports that the table allows are no problem', () => {
  expect(check({})).toEqual([]);
});

test('a test may import any box', () => {
  expect(check({ 'stats/stats.test.ts': "import '../doors/door.ts';" })).toEqual([]);
});

test.each([
  { name: 'of a value', source: "import { x } from '../doors/door.ts';" },
  { name: 'of a type', source: "import type { X } from '../doors/door.ts';" },
  { name: 'of a type, in place', source: "let x: import('../doors/door.ts').X;" },
  { name: 'of a worker', source: "new Worker(new URL('../doors/door.ts', import.meta.url));" },
])('an import $name that climbs is found', ({ source }) => {
  expect(check({ 'clients/client.ts': source })).toEqual([
    'packages/server/src/clients/client.ts: imports doors/door.ts, but clients may not import doors',
  ]);
});

test('an import of a file at the root is found', () => {
  expect(check({ 'stats/stats.ts': "import '../index.ts';" })).toEqual([
    'packages/server/src/stats/stats.ts: imports index.ts, but stats may not import index',
  ]);
});

test('a room that the table lacks is found', () => {
  expect(check({ 'cellar/wine.ts': "import '../stats/stats.ts';" })).toEqual([
    'packages/server: the table of rooms lacks cellar',
  ]);
});

test('a room that does not exist is found', () => {
  const withCellar = table('index: * doors: clients stats clients: stats stats: cellar:');
  expect(check({}, withCellar)).toEqual([
    'packages/server: the table of rooms names cellar, which does not exist',
  ]);
});

test('a table that lets a box import upwards is found', () => {
  const upwards = table('index: * doors: clients stats clients: stats stats: clients');
  expect(check({}, upwards)).toEqual([
    'packages/server: the table lets stats import clients, which does not stand below it',
  ]);
});

import { describe, expect, test } from 'vitest';
import { circlesOf } from '../src/imports/circles.ts';
import { importGraph, parseFile } from '../src/imports/import-graph.ts';
import { manifestProblems, sourceProblems } from '../src/imports/packages.ts';
import { ROOMS, roomProblems } from '../src/imports/rooms.ts';
import { readManifests, readSources } from '../src/sources/repository.ts';

const manifests = readManifests();
const files = readSources().map(parseFile);
const graph = importGraph(files);

test('the sources of every package are read', () => {
  expect(manifests.map(({ name }) => name)).toContain('@conclave/protocol');
  const read = new Set(files.map(({ file }) => file.split('/').slice(0, 2).join('/')));
  expect(manifests.map(({ folder }) => folder).filter((folder) => !read.has(folder))).toEqual([]);
});

test('manifests follow the arrows between packages', () => {
  expect(manifests.flatMap((manifest) => manifestProblems(manifest, manifests))).toEqual([]);
});

test('imports follow the arrows between packages', () => {
  expect(files.flatMap((file) => sourceProblems(file, manifests))).toEqual([]);
});

test('every package with rooms has a table of them', () => {
  const withRooms = files.map(({ file }) => /^(packages\/[^/]+)\/src\/[^/]+\//.exec(file)?.[1]);
  const missing = withRooms.filter((folder) => folder !== undefined && ROOMS[folder] === undefined);
  expect(new Set(missing)).toEqual(new Set());
});

describe.each(Object.entries(ROOMS))('%s', (folder, rooms) => {
  test('imports follow the arrows between rooms', () => {
    expect(roomProblems(folder, rooms, graph)).toEqual([]);
  });
});

test('no files import each other in a circle', () => {
  expect(circlesOf(graph).map((circle) => circle.join(' → '))).toEqual([]);
});

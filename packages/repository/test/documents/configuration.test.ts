import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configSchema, FOUR_LETTER_WORDS, nodeEnvironment, resolveConfig, Server } from '@conclave/server';
import { fourLetterWord, temporaryDirectory } from '@conclave/testkit';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { ExitCode } from '../../../../apps/server/src/conclaved.ts';
import { type SettingDoc, settingDocs } from '../../../../apps/server/src/settings.ts';
import { IGNORED_KEYS, REFUSED_KEYS } from '../../../../apps/server/src/zoo-cfg/unused-keys.ts';
import { USED_KEYS } from '../../../../apps/server/src/zoo-cfg/used-keys.ts';
import { page, plain, ROOT, section, tableRows } from './pages.ts';

const reference = page('docs/configuration.md');

test('the reference lists exactly the settings, with default, range and meaning', () => {
  const { properties = {} } = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  const expected = settingDocs().map((doc) => [
    doc.key,
    defaultText(doc),
    rangeText(doc.key, properties[doc.key]),
    doc.description,
  ]);
  expect(tableRows(section(reference, '## The server')).slice(0, expected.length)).toEqual(expected);
});

test('the reference lists exactly the keys of zoo.cfg that have an effect or are refused', () => {
  const expected = [
    ...Object.entries(USED_KEYS).map(([key, { becomes }]) => [key, plain(becomes)]),
    ...Object.entries(IGNORED_KEYS),
    ...Object.entries(REFUSED_KEYS),
  ];
  expect(tableRows(section(reference, '## `zoo.cfg`')).slice(-expected.length)).toEqual(expected);
});

test('the reference lists exactly the exit codes of conclaved', () => {
  const codes = tableRows(section(reference, '## Exit codes of `conclaved`')).map(([code]) => Number(code));
  expect(codes).toEqual(Object.values(ExitCode).sort((a, b) => a - b));
});

test("the reference lists exactly the options of the SDK's connect", () => {
  const source = readFileSync(join(ROOT, 'packages/client/src/connect.ts'), 'utf8');
  const [, body = ''] = /export interface ConnectOptions \{\n([\s\S]*?)\n\}/.exec(source) ?? [];
  const options = Array.from(body.matchAll(/^ {2}readonly (\w+)\??:/gm), ([, name]) => name);
  const described = tableRows(section(reference, '## The SDK')).map(([name]) => name);
  expect(options.length).toBeGreaterThan(5);
  expect(described.slice(0, options.length)).toEqual(options);
});

describe('the reference of a running server', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let server: Server;
  let webUrl: string;
  let zookeeperPort: number;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    const dataDir = join(directory.path, 'data');
    const config = resolveConfig([
      {
        name: 'test',
        values: { dataDir, webPort: 0, zookeeperPort: 0, reserveBytes: 4096, fourLetterWords: '*' },
      },
    ]);
    server = new Server({
      config,
      environment: nodeEnvironment({ directory: dataDir, reserveBytes: config.reserveBytes }),
      log: pino({ level: 'silent' }),
      onFatal: (error) => {
        throw error;
      },
    });
    await server.start();
    const { web, zookeeper } = await server.openDoors();
    webUrl = `http://127.0.0.1:${web.port}`;
    zookeeperPort = zookeeper.port;
    // Even a server that is alone elects itself first.
    await vi.waitFor(async () => expect((await fetch(`${webUrl}/readyz`)).status).toBe(200), {
      timeout: 10_000,
    });
  });

  afterAll(async () => {
    await server?.close();
    await directory?.[Symbol.asyncDispose]();
  });

  test('lists exactly its metrics', async () => {
    const text = await (await fetch(`${webUrl}/metrics`)).text();
    const help = new Map(
      Array.from(text.matchAll(/^# HELP (\S+) (.*)$/gm), ([, name = '', said]) => [name, said]),
    );
    const metrics = Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = '', type]) => [
      name,
      type,
      help.get(name),
    ]).filter(([name = '']) => !/^conclave_(process|nodejs)_/.test(name));
    expect(tableRows(section(reference, '## Metrics'))).toEqual(metrics);
  });

  test('lists exactly the paths at which it answers', async () => {
    const { known } = (await (await fetch(`${webUrl}/elsewhere`)).json()) as { known: string[] };
    const described = tableRows(section(reference, '## Admin API')).map(([path = '']) => path.split('?')[0]);
    expect(described).toEqual(known);
    for (const path of known) expect([200, 400, 503]).toContain((await fetch(webUrl + path)).status);
  });

  test('lists exactly the four-letter words that it answers', async () => {
    const words = tableRows(section(reference, '## Four-letter words')).map(([word = '']) => word);
    expect(words).toEqual(FOUR_LETTER_WORDS);
    for (const word of words) {
      // There is no digest yet, and so nothing to say.
      if (word === 'hash') expect(await fourLetterWord(zookeeperPort, word)).toBe('');
      else expect(await fourLetterWord(zookeeperPort, word), word).not.toBe('');
    }
  });

  test('lists exactly its admin commands, by both of their names', async () => {
    const rows = tableRows(section(reference, '## Admin commands'));
    const listed = await (await fetch(`${webUrl}/commands`)).text();
    expect(rows.map(([name]) => name)).toEqual(Array.from(listed.matchAll(/>(\w+)</g), ([, name]) => name));
    for (const [name = '', word = ''] of rows) {
      for (const alias of word === '' ? [name] : [name, word]) {
        const answer = (await (await fetch(`${webUrl}/commands/${alias}`)).json()) as { command: string };
        expect(answer.command, alias).toBe(name);
      }
    }
  });
});

function defaultText({ key, default: value }: SettingDoc): string {
  if (value === undefined) return '';
  return key === 'members' ? 'none' : String(value);
}

function rangeText(key: string, property: unknown): string {
  const { minimum, maximum, maxLength, enum: values } = property as JsonSchema;
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ');
  if (minimum !== undefined) return `${minimum} to ${maximum}`;
  return maxLength === undefined || key === 'members' ? '' : `1 to ${maxLength} characters`;
}

interface JsonSchema {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly enum?: readonly string[];
}

import { existsSync, readFileSync } from 'node:fs';
import {
  type Config,
  ConfigError,
  type ConfigSource,
  configKeys,
  configSchema,
  resolveConfig,
} from '@conclave/server';
import { z } from 'zod';
import { readZooCfg, type ZooCfgNote } from './zoo-cfg/zoo-cfg.ts';

/** The prefix of environment variables: `CONCLAVE_DATA_DIR` sets `dataDir`. */
const ENVIRONMENT_PREFIX = 'CONCLAVE_';

export interface SettingDoc {
  readonly key: string;
  readonly flag: string;
  readonly variable: string;
  readonly type: 'number' | 'boolean' | 'string';
  readonly description: string;
  readonly default: unknown;
}

/** All settings with their flags, variables and descriptions, from the schema. */
export function settingDocs(): SettingDoc[] {
  const { properties = {} } = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  return configKeys.map((key) => {
    const property = properties[key];
    const schema = typeof property === 'object' ? property : {};
    return {
      key,
      flag: kebab(key),
      variable: ENVIRONMENT_PREFIX + kebab(key).replaceAll('-', '_').toUpperCase(),
      type: typeOf(schema.type),
      description: schema.description ?? '',
      default: schema.default,
    };
  });
}

export interface ConfigFiles {
  /** ZooKeeper's configuration file. */
  readonly zooCfg?: string | undefined;
  /** A JSON file whose keys are the names of settings. */
  readonly config?: string | undefined;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The parts of a `zoo.cfg` that are not used, with the reasons. */
  readonly notes: readonly ZooCfgNote[];
}

/**
 * The effective configuration. The sources, each overriding the ones before it: `zoo.cfg`, the JSON file, the
 * environment, and the flags. `members` and `zookeeperAddresses` are objects in a JSON file, and
 * `1=host:port,2=host:port` elsewhere. Throws `ConfigError`.
 */
export function loadConfig(
  files: ConfigFiles,
  environment: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, unknown>>,
): LoadedConfig {
  const zooCfg = files.zooCfg === undefined ? undefined : readZooCfg(files.zooCfg);
  const sources: ConfigSource[] = [...(zooCfg?.sources ?? [])];
  if (files.config !== undefined) sources.push({ name: files.config, values: readFile(files.config) });
  const fromEnvironment: Record<string, unknown> = {};
  for (const doc of settingDocs()) {
    const text = environment[doc.variable];
    if (text !== undefined && text !== '') fromEnvironment[doc.key] = fromText(doc, text);
  }
  sources.push({ name: 'environment', values: fromEnvironment });
  const fromFlags: Record<string, unknown> = {};
  for (const doc of settingDocs()) {
    const value = flags[doc.flag];
    if (value !== undefined) fromFlags[doc.key] = fromText(doc, String(value));
  }
  sources.push({ name: 'flags', values: fromFlags });
  return { config: resolveConfig(sources), notes: zooCfg?.notes ?? [] };
}

function readFile(file: string): Record<string, unknown> {
  if (!existsSync(file)) throw new ConfigError([`${file}: no such file`]);
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch (error) {
    throw new ConfigError([`${file}: ${error instanceof Error ? error.message : 'cannot be read'}`]);
  }
  throw new ConfigError([`${file}: expected a JSON object`]);
}

function fromText(doc: SettingDoc, text: string): unknown {
  if (doc.key === 'members' || doc.key === 'zookeeperAddresses') return parseAddresses(doc.key, text);
  if (doc.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (doc.type !== 'number') return text;
  const number = Number(text);
  // A text that is no number goes on to the schema, whose error says what it expected.
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}

function typeOf(type: unknown): SettingDoc['type'] {
  if (type === 'boolean') return 'boolean';
  return type === 'integer' || type === 'number' ? 'number' : 'string';
}

function parseAddresses(key: string, text: string): Record<string, string> {
  const addresses: Record<string, string> = {};
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    if (equals < 1) throw new ConfigError([`${key}: "${part}": expected id=host:port`]);
    addresses[part.slice(0, equals).trim()] = part.slice(equals + 1).trim();
  }
  return addresses;
}

function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

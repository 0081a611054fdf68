import { type ConfigKey, isFourLetterWord } from '@conclave/server';

/** The parsed values of the keys in a `zoo.cfg`. */
export interface Settings {
  [key: string]: unknown;
  dataDir?: string;
  dataLogDir?: string;
  clientPort?: number;
  clientPortAddress?: string;
  tickTime?: number;
  minSessionTimeout?: number;
  maxSessionTimeout?: number;
  maxClientCnxns?: number;
  quorumListenOnAllIPs?: boolean;
  dynamicConfigFile?: string;
  admin?: AdminSettings;
  droppedWords?: readonly string[];
}

interface AdminSettings {
  enableServer?: boolean;
  serverPort?: number;
  serverAddress?: string;
  commandURL?: string;
}

/** Stores a value in `into`. Returns what was expected if the value is invalid. */
export type KeyReader = (value: string, into: Settings) => string | undefined;

export interface UsedKey {
  /** The setting that takes the value unchanged. Settings that depend on more than one key have none. */
  readonly setting?: ConfigKey;
  /** The effect of the key, for the reference. */
  readonly becomes: string;
  readonly read: KeyReader;
}

/** The keys of `zoo.cfg` that are used, besides `server.N`. */
export const USED_KEYS: Readonly<Record<string, UsedKey>> = {
  dataDir: {
    becomes: '`dataDir`; the file `myid` in it is read for `id`',
    read: text('dataDir'),
  },
  dataLogDir: {
    becomes: '`dataDir`: log and checkpoint share one directory, the one meant for the log',
    read: text('dataLogDir'),
  },
  clientPort: { becomes: '`zookeeperPort`', read: number('clientPort', 1, 65_535) },
  clientPortAddress: { becomes: '`host`; `0.0.0.0` if the key is missing', read: text('clientPortAddress') },
  tickTime: {
    becomes:
      '`sessionTimeoutMinMs` is twice and `sessionTimeoutMaxMs` 20 times this, unless given; not `tickMs`',
    read: number('tickTime', 1),
  },
  minSessionTimeout: {
    becomes: '`sessionTimeoutMinMs`',
    read: number('minSessionTimeout', 1, undefined, -1),
  },
  maxSessionTimeout: {
    becomes: '`sessionTimeoutMaxMs`',
    read: number('maxSessionTimeout', 1, undefined, -1),
  },
  maxClientCnxns: {
    setting: 'zookeeperConnectionsPerAddressMax',
    becomes: '`zookeeperConnectionsPerAddressMax`, and `connectionsPerAddressMax` if that is lower',
    read: number('maxClientCnxns', 0),
  },
  maxCnxns: {
    setting: 'connectionsMax',
    becomes: '`connectionsMax`; 0 leaves the default',
    read: number('maxCnxns', 1, undefined, 0),
  },
  globalOutstandingLimit: {
    setting: 'outstandingMax',
    becomes: '`outstandingMax`',
    read: number('globalOutstandingLimit', 1),
  },
  'jute.maxbuffer': {
    setting: 'zookeeperFrameBytesMax',
    becomes: '`zookeeperFrameBytesMax`; may be hexadecimal with the prefix `0x`',
    read: number('jute.maxbuffer', 1),
  },
  largeRequestThreshold: {
    setting: 'largeRequestBytes',
    becomes: '`largeRequestBytes`; -1 leaves the default',
    read: number('largeRequestThreshold', 1, undefined, -1),
  },
  largeRequestMaxBytes: {
    setting: 'largeRequestsBytesMax',
    becomes: '`largeRequestsBytesMax`',
    read: number('largeRequestMaxBytes', 1),
  },
  snapCount: { setting: 'checkpointTxns', becomes: '`checkpointTxns`', read: number('snapCount', 1) },
  snapSizeLimitInKb: {
    setting: 'checkpointBytes',
    becomes: '`checkpointBytes`; 0 and negative values leave the default',
    read: kilobytes('snapSizeLimitInKb'),
  },
  enforceQuota: {
    setting: 'enforceQuota',
    becomes: '`enforceQuota`; on if the key is missing',
    read: yesOrNo((value, into) => {
      into.enforceQuota = value;
    }),
  },
  'DigestAuthenticationProvider.superDigest': {
    setting: 'superDigest',
    becomes: '`superDigest`',
    read: text('DigestAuthenticationProvider.superDigest'),
  },
  'znode.container.maxNeverUsedIntervalMs': {
    setting: 'containerNeverUsedMs',
    becomes: '`containerNeverUsedMs`',
    read: number('znode.container.maxNeverUsedIntervalMs', 0),
  },
  quorumListenOnAllIPs: {
    becomes: '`peerHost` is `0.0.0.0`',
    read: yesOrNo((value, into) => {
      into.quorumListenOnAllIPs = value;
    }),
  },
  peerType: {
    becomes: 'nothing: every server is a `participant`; `observer` is refused',
    read: (value) => {
      if (value.toLowerCase() === 'participant') return undefined;
      if (value.toLowerCase() === 'observer') return 'observers are not supported yet';
      return `"${value}": expected participant`;
    },
  },
  dynamicConfigFile: {
    becomes: 'the `server.N` lines of this file are read',
    read: text('dynamicConfigFile'),
  },
  '4lw.commands.whitelist': {
    setting: 'fourLetterWords',
    becomes: '`fourLetterWords`',
    read: words,
  },
  'admin.enableServer': {
    becomes: '`true`: `adminPort` is 8080 unless given; `false`: the admin commands are turned off',
    read: yesOrNo((value, into) => {
      into.admin = { ...into.admin, enableServer: value };
    }),
  },
  'admin.serverPort': {
    becomes: '`adminPort`',
    read: (value, into) =>
      whole(value, 0, 65_535, (serverPort) => {
        into.admin = { ...into.admin, serverPort };
      }),
  },
  'admin.serverAddress': {
    becomes: '`adminHost`; `0.0.0.0` if the key is missing',
    read: (value, into) => {
      into.admin = { ...into.admin, serverAddress: value };
      return undefined;
    },
  },
  'admin.commandURL': {
    becomes: '`commandsPath`',
    read: (value, into) => {
      into.admin = { ...into.admin, commandURL: value };
      return undefined;
    },
  },
};

function text(key: string): KeyReader {
  return (value, into) => {
    if (value === '') return 'expected a value';
    into[key] = value;
    return undefined;
  };
}

/** Reads a whole number. The value `none` stands for the default. */
function number(key: string, least: number, most?: number, none?: number): KeyReader {
  return (value, into) => {
    if (none !== undefined && Number(value) === none && value !== '') return undefined;
    return whole(value, least, most, (parsed) => {
      into[key] = parsed;
    });
  };
}

function whole(
  value: string,
  least: number,
  most: number | undefined,
  take: (value: number) => void,
): string | undefined {
  const parsed = /^(-?[0-9]+|0x[0-9a-f]+)$/i.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(parsed) && parsed >= least && parsed <= (most ?? Number.MAX_SAFE_INTEGER)) {
    take(parsed);
    return undefined;
  }
  const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  return `"${value}": expected a whole number ${range}`;
}

function kilobytes(key: string): KeyReader {
  return (value, into) =>
    whole(value, Number.MIN_SAFE_INTEGER, undefined, (parsed) => {
      if (parsed > 0) into[key] = parsed * 1024;
    });
}

function yesOrNo(take: (value: boolean, into: Settings) => void): KeyReader {
  return (value, into) => {
    const lower = value.toLowerCase();
    if (lower !== 'true' && lower !== 'false') return `"${value}": expected true or false`;
    take(lower === 'true', into);
    return undefined;
  };
}

function words(value: string, into: Settings): undefined {
  const list = value.split(',').map((word) => word.trim());
  const isKnown = (word: string): boolean => word === '*' || isFourLetterWord(word);
  const known = list.filter(isKnown);
  const dropped = list.filter((word) => word !== '' && !isKnown(word));
  into['4lw.commands.whitelist'] = known.join(',');
  if (dropped.length > 0) into.droppedWords = dropped;
}

import { type ConfigKey, isFourLetterWord } from '@conclave/server';

/** What the keys of a `zoo.cfg` said, as values. */
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

/** Takes a value over. Returns what was expected when it cannot be. */
export type KeyReader = (value: string, into: Settings) => string | undefined;

export interface UsedKey {
  /** The setting that the value becomes as it is. Others depend on more than one key. */
  readonly setting?: ConfigKey;
  /** What comes of it, for the reference. */
  readonly becomes: string;
  readonly read: KeyReader;
}

/** The keys of `zoo.cfg` that are used, beside `server.N`. */
export const USED_KEYS: Readonly<Record<string, UsedKey>> = {
  dataDir: {
    becomes: '`dataDir`; and the file `myid` in it is `id`',
    read: text('dataDir'),
  },
  dataLogDir: {
    becomes: '`dataDir`: log and checkpoint stand together, where the log was meant to be',
    read: text('dataLogDir'),
  },
  clientPort: { becomes: '`zookeeperPort`', read: number('clientPort', 1, 65_535) },
  clientPortAddress: { becomes: '`host`, which is `0.0.0.0` without it', read: text('clientPortAddress') },
  tickTime: {
    becomes:
      '`sessionTimeoutMinMs` is 2 of it, `sessionTimeoutMaxMs` 20, unless they are given. Not `tickMs`',
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
    becomes: '`zookeeperConnectionsPerAddressMax`, and `connectionsPerAddressMax` where that is less',
    read: number('maxClientCnxns', 0),
  },
  maxCnxns: {
    setting: 'connectionsMax',
    becomes: '`connectionsMax`; 0 leaves it as it is',
    read: number('maxCnxns', 1, undefined, 0),
  },
  globalOutstandingLimit: {
    setting: 'outstandingMax',
    becomes: '`outstandingMax`',
    read: number('globalOutstandingLimit', 1),
  },
  'jute.maxbuffer': {
    setting: 'zookeeperFrameBytesMax',
    becomes: '`zookeeperFrameBytesMax`; hexadecimal after `0x` too',
    read: number('jute.maxbuffer', 1),
  },
  largeRequestThreshold: {
    setting: 'largeRequestBytes',
    becomes: '`largeRequestBytes`; -1 leaves it as it is',
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
    becomes: '`checkpointBytes`; 0 and less leave it as it is',
    read: kilobytes('snapSizeLimitInKb'),
  },
  enforceQuota: {
    setting: 'enforceQuota',
    becomes: '`enforceQuota`, which is on without it',
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
    becomes: '`participant` is what every server is; `observer` is refused',
    read: (value) => {
      if (value.toLowerCase() === 'participant') return undefined;
      if (value.toLowerCase() === 'observer') return 'observers are not supported yet';
      return `"${value}": expected participant`;
    },
  },
  dynamicConfigFile: { becomes: 'its `server.N` lines are read', read: text('dynamicConfigFile') },
  '4lw.commands.whitelist': {
    setting: 'fourLetterWords',
    becomes: '`fourLetterWords`',
    read: words,
  },
  'admin.enableServer': {
    becomes: '`true`: `adminPort` is 8080 unless given; `false`: there are no admin commands',
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
    becomes: '`adminHost`, which is `0.0.0.0` without it',
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

/** A whole number; `none` stands for the default. */
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

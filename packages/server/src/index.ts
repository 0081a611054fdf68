export { setStorageAside } from '@conclave/storage';
export type { ByteStream } from './byte-stream.ts';
export {
  type Config,
  ConfigError,
  type ConfigKey,
  type ConfigSource,
  configKeys,
  configSchema,
  resolveConfig,
} from './config.ts';
export { DivergedError } from './digest-log.ts';
export type { Address, Clock, Entropy, Environment, Listener, Network } from './environment.ts';
export { FOUR_LETTER_WORDS, type FourLetterWord, isFourLetterWord } from './four-letter-word.ts';
export { type LinkMessage, readLinkMessage } from './link-messages.ts';
export { nodeEnvironment } from './node-environment.ts';
export type { ReplicaObserver } from './replica.ts';
export { Server, type ServerAddresses, type ServerOptions } from './server.ts';
export type { ServerStatus } from './status.ts';
export { VERSION } from './version.ts';

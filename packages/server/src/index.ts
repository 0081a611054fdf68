export { VERSION } from '@conclave/protocol';
export { setStorageAside } from '@conclave/storage';
export {
  type Config,
  ConfigError,
  type ConfigKey,
  type ConfigSource,
  configKeys,
  configSchema,
  resolveConfig,
} from './config/config.ts';
export { FOUR_LETTER_WORDS, type FourLetterWord, isFourLetterWord } from './config/four-letter-words.ts';
export type { ByteStream } from './environment/byte-stream.ts';
export type { Address, Clock, Entropy, Environment, Listener, Network } from './environment/environment.ts';
export { nodeEnvironment } from './environment/node-environment.ts';
export type { FollowerStatus, ServerStatus, ZxidStatus } from './monitor/status.ts';
export { type LinkMessage, readLinkMessage, type SessionClaim } from './peers/link-messages.ts';
export { DivergedError } from './replica/digest-log.ts';
export type { ReplicaObserver } from './replica/replica.ts';
export { Server, type ServerAddresses, type ServerOptions } from './server.ts';

/**
 * Where the client writes its log lines. The values are in `fields` and never in `text`, so a logger of pino fits as it
 * is.
 */
export interface Logger {
  /** Details, such as a failed attempt to connect. */
  debug(fields: object, text: string): void;
  /** Changes of the session, such as a connection that was made or lost. */
  info(fields: object, text: string): void;
  /** Trouble that someone should look at. */
  warn(fields: object, text: string): void;
}

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
};

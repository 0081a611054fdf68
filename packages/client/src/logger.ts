/** Where the client tells what it does. Values are in the fields, never in the text; pino's loggers fit. */
export interface Logger {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
};

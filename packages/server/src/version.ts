/** The version of the server, as the package says it. */
export const VERSION = '0.1.0';

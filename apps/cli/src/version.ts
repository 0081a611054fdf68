/** The version of this program, as the package says it. */
export const VERSION = '0.1.0';

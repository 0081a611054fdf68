/** The release that this code belongs to. Every published package of one release has the same version. */
export const VERSION = '0.1.0';

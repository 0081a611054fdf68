/**
 * The error codes of replies. Numbers above -1000 are ZooKeeper's (KeeperException.Code); the others are
 * Conclave's own and are sent on the native door only.
 */
export const ErrorNumber = {
  OK: 0,
  SYSTEM_ERROR: -1,
  RUNTIME_INCONSISTENCY: -2,
  DATA_INCONSISTENCY: -3,
  CONNECTION_LOSS: -4,
  MARSHALLING_ERROR: -5,
  UNIMPLEMENTED: -6,
  OPERATION_TIMEOUT: -7,
  BAD_ARGUMENTS: -8,
  UNKNOWN_SESSION: -12,
  NEW_CONFIG_NO_QUORUM: -13,
  RECONFIG_IN_PROGRESS: -14,
  API_ERROR: -100,
  NO_NODE: -101,
  NO_AUTH: -102,
  BAD_VERSION: -103,
  NO_CHILDREN_FOR_EPHEMERALS: -108,
  NODE_EXISTS: -110,
  NOT_EMPTY: -111,
  SESSION_EXPIRED: -112,
  INVALID_CALLBACK: -113,
  INVALID_ACL: -114,
  AUTH_FAILED: -115,
  SESSION_MOVED: -118,
  NOT_READ_ONLY: -119,
  EPHEMERAL_ON_LOCAL_SESSION: -120,
  NO_WATCHER: -121,
  REQUEST_TIMEOUT: -122,
  RECONFIG_DISABLED: -123,
  SESSION_CLOSED_REQUIRE_SASL_AUTH: -124,
  QUOTA_EXCEEDED: -125,
  THROTTLED_OP: -127,
  /** The grant of a guarded write is over: the token is not the current holder's. */
  GRANT_OVER: -1000,
  /** A request was sent again, and its first answer is no longer kept. It took effect or failed, and the server no longer knows which. */
  ANSWER_FORGOTTEN: -1001,
  /** A double barrier that is open for the parties already inside and takes no others. */
  BARRIER_CLOSED: -1002,
  /** The answer would not fit into a frame. The connection goes on. */
  ANSWER_TOO_LARGE: -1003,
} as const;

/** The names of the error codes. Programs switch on these, and only the wire has the numbers. */
export type ErrorCode = keyof typeof ErrorNumber;

/** The numbers of the error codes, as they stand in a reply header. */
export type ErrorNumber = (typeof ErrorNumber)[ErrorCode];

const codeByNumber = new Map<number, ErrorCode>(
  (Object.keys(ErrorNumber) as ErrorCode[]).map((code) => [ErrorNumber[code], code]),
);

/** Returns the code that has this number, or undefined if no version of the protocol knows it. */
export function errorCodeOf(number: number): ErrorCode | undefined {
  return codeByNumber.get(number);
}

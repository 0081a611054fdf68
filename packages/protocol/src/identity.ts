/** What a connection has authenticated as: `digest` and `user:hash`, `ip` and an address, `super`. */
export interface Identity {
  readonly scheme: string;
  readonly id: string;
}

/** Who a connection has shown to be: `digest` and `user:hash`, `ip` and an address, `super`. */
export interface Identity {
  readonly scheme: string;
  readonly id: string;
}

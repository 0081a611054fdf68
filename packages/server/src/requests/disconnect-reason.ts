/** Why a connection ended, for the log. Where ZooKeeper has a name for the reason, it is that name. */
export type DisconnectReason =
  | 'client_closed_connection'
  | 'client_closed_session'
  | 'client_zxid_ahead'
  | 'connection_expired'
  | 'client_reconnect'
  | 'failed_handshake'
  | 'bad_input'
  | 'auth_failed'
  | 'slow_consumer'
  | 'session_moved'
  | 'cut_off'
  | 'state_replaced'
  | 'server_shutdown'
  | 'server_failed';

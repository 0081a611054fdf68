/** How far a client's connection has come. A `probe` has sent a four-letter word instead of a handshake. */
export type ConnectionPhase = 'handshake' | 'connecting' | 'session' | 'heartbeat' | 'probe' | 'closed';

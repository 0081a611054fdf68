/** Where servers await clients, and each other. */
export const CLIENT_PORT = 7400;
export const PEER_PORT = 7500;

/** The ports on which servers listen for clients and for each other. */
export const CLIENT_PORT = 7400;
export const PEER_PORT = 7500;

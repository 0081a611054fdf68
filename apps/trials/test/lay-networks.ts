import { NamespaceNetwork } from '../src/network/namespaces.ts';

/** A program to run in an enclosure. It creates one network right after the other. */
const NETWORKS = 12;

for (let laid = 0; laid < NETWORKS; laid++) {
  await using _network = await NamespaceNetwork.lay(5, { relays: false });
}
if (process.connected) process.disconnect();

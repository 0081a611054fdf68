import { NamespaceNetwork } from '../src/network/namespaces.ts';

/** A program to run in an enclosure. It creates one network right after the other. */
const NETWORKS = 12;

for (let count = 0; count < NETWORKS; count++) {
  await using _network = await NamespaceNetwork.create(5, { relays: false });
}
if (process.connected) process.disconnect();

import { formatZxid } from '@conclave/protocol';
import type { ClientHub } from './client-hub.ts';
import type { Replica } from './replica.ts';
import { VERSION } from './version.ts';

export interface FourLetterContext {
  readonly hub: ClientHub;
  readonly replica: Replica;
}

const WORDS = ['ruok', 'srvr'] as const;
type FourLetterWord = (typeof WORDS)[number];

export function isFourLetterWord(word: string): word is FourLetterWord {
  return (WORDS as readonly string[]).includes(word);
}

/** ZooKeeper's text answers, which monitoring tools parse. */
export function answerFourLetterWord(word: FourLetterWord, context: FourLetterContext): string {
  switch (word) {
    case 'ruok':
      return 'imok';
    case 'srvr':
      return srvr(context);
    default:
      return word satisfies never;
  }
}

function srvr({ hub, replica }: FourLetterContext): string {
  if (!replica.serving) return 'This ZooKeeper instance is not currently serving requests\n';
  const { stats } = hub;
  const { packetsReceived, packetsSent } = hub.packets();
  const lines = [
    `Zookeeper version: 3.8.0-conclave-${VERSION}`,
    `Latency min/avg/max: ${Math.floor(stats.latency.minMs)}/${stats.latency.meanMs.toFixed(4)}/${Math.ceil(stats.latency.maxMs)}`,
    `Received: ${packetsReceived}`,
    `Sent: ${packetsSent}`,
    `Connections: ${hub.connections.size}`,
    `Outstanding: ${stats.outstanding}`,
    `Zxid: ${formatZxid(replica.tree.lastZxid)}`,
    `Mode: ${mode(replica)}`,
    `Node count: ${replica.tree.nodeCount}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** ZooKeeper's word for a server's role. */
export function mode(replica: Replica): 'leader' | 'follower' | 'standalone' {
  if (replica.size === 1) return 'standalone';
  return replica.status.role === 'leading' ? 'leader' : 'follower';
}

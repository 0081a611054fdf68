import { counterOf, epochOf, makeZxid, unreachable, type Zxid } from '@conclave/protocol';
import type { Entry, PersistOperation, ZabMessage } from '../src/index.ts';

/** Zxids as `epoch:counter`; 0 for the one before all. */
export function showZxid(zxid: Zxid): string {
  return zxid === 0 ? '0' : `${epochOf(zxid)}:${counterOf(zxid)}`;
}

export function readZxid(text: string): Zxid {
  if (text === '0') return 0 as Zxid;
  const [epoch, counter] = text.split(':').map(Number);
  return makeZxid(epoch ?? Number.NaN, counter ?? Number.NaN);
}

export function showEntries(entries: readonly Entry[]): string {
  const parts: string[] = [];
  for (let i = 0; i < entries.length; ) {
    let end = i + 1;
    while (end < entries.length && (entries[end] as Entry).zxid === (entries[end - 1] as Entry).zxid + 1)
      end++;
    const first = showZxid((entries[i] as Entry).zxid);
    const last = showZxid((entries[end - 1] as Entry).zxid);
    parts.push(first === last ? first : `${first}..${last}`);
    i = end;
  }
  return parts.join(' ');
}

export function showOperation(operation: PersistOperation): string {
  switch (operation.type) {
    case 'append':
      return `append ${showEntries(operation.entries)}`;
    case 'truncate':
      return `truncate after ${showZxid(operation.after)}`;
    case 'epochs':
      return `epochs accepted=${operation.acceptedEpoch} current=${operation.currentEpoch}`;
    default:
      return unreachable(operation);
  }
}

export function showMessage(message: ZabMessage): string {
  switch (message.type) {
    case 'notification': {
      const leader = message.leader === 0 ? 'none' : message.leader;
      const what = { looking: `votes ${leader}`, following: `follows ${leader}`, leading: 'leads' }[
        message.role
      ];
      const credentials = `current=${message.currentEpoch} last=${showZxid(message.lastZxid)}`;
      const flags = `${message.trusted ? '' : ' untrusted'}${message.electable ? '' : ' not-electable'}`;
      return `notification round=${message.round} ${what} ${credentials}${flags}`;
    }
    case 'follower-info':
      return `follower-info accepted=${message.acceptedEpoch}${message.trusted ? '' : ' untrusted'}`;
    case 'leader-info':
      return `leader-info epoch=${message.epoch}${message.promise ? ' promise?' : ''}`;
    case 'ack-epoch': {
      const tails = message.tails.map(showZxid).join(',');
      return `ack-epoch ${message.epoch}${message.promised ? ' promised' : ''} current=${message.currentEpoch} tails=${tails}`;
    }
    case 'diff':
    case 'trunc':
      return `${message.type} after ${showZxid(message.after)}`;
    case 'snap':
      return 'snap';
    case 'new-leader':
      return `new-leader epoch=${message.epoch}`;
    case 'ack-new-leader':
      return `ack-new-leader epoch=${message.epoch} ${showZxid(message.zxid)}`;
    case 'up-to-date':
      return `up-to-date committed=${showZxid(message.committed)}`;
    case 'proposal':
      return `proposal ${showEntries(message.entries)} committed=${showZxid(message.committed)}`;
    case 'ack':
    case 'commit':
      return `${message.type} ${showZxid(message.zxid)}`;
    case 'ping':
    case 'pong':
      return `${message.type} round=${message.round}`;
    case 'new-epoch':
      return `new-epoch next=${message.next}`;
    case 'ack-new-epoch':
      return `ack-new-epoch ${message.next}`;
    case 'dismiss':
      return 'dismiss';
    default:
      return unreachable(message);
  }
}

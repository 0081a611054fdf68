import type { Socket } from 'node:net';
import { AddressLimit } from '../clients/address-limit.ts';
import type { ClientHub } from '../clients/client-hub.ts';
import { type FourLetterWord, isFourLetterWord } from '../config/four-letter-words.ts';
import type { Address, Listener } from '../environment/environment.ts';
import { listenTcp } from '../environment/node-environment.ts';
import { TcpStream } from '../environment/tcp-stream.ts';
import { answerFourLetterWord, refusalOf } from '../monitor/four-letter-answers.ts';
import type { MonitorContext } from '../monitor/monitor-context.ts';
import { sendText } from '../monitor/text-stream.ts';

/**
 * The bytes that a telnet client sends on an interrupt. No frame begins with them, because they are no valid length.
 */
const TELNET_INTERRUPT = [0xff, 0xf4, 0xff, 0xfd];

export interface FourLetterWords {
  readonly allowed: ReadonlySet<FourLetterWord>;
  readonly context: MonitorContext;
}

/**
 * ZooKeeper's client port. A connection whose first four bytes spell a four-letter word gets that word's answer;
 * any other speaks frames.
 */
export function openTcpDoor(address: Address, hub: ClientHub, words: FourLetterWords): Promise<Listener> {
  const addresses = new AddressLimit(hub.limits.zookeeperConnectionsPerAddressMax);
  return listenTcp(address, (socket) => {
    const stream = new TcpStream(socket);
    const { remoteAddress } = stream;
    if (!addresses.take(remoteAddress)) {
      hub.refuse(stream, addresses.countOf(remoteAddress));
      return;
    }
    socket.once('close', () => addresses.release(remoteAddress));
    const connection = hub.accept(stream);
    if (connection === undefined) return;
    const receive = stream.onData;
    let head = new Uint8Array(0);
    stream.onData = (chunk) => {
      // A connection that was closed is over, even if more bytes are on their way. A word must not open it again.
      if (connection.isClosed) return;
      const seen = head.length === 0 ? chunk : joined(head, chunk);
      if (seen.length < 4) {
        head = seen.slice();
        return;
      }
      const word = String.fromCharCode(...seen.subarray(0, 4));
      if (isFourLetterWord(word)) {
        stream.onData = () => {};
        connection.becomeProbe();
        void answer(socket, word, words, hub.limits.handshakeTimeoutMs);
      } else if (TELNET_INTERRUPT.every((byte, i) => seen[i] === byte)) {
        connection.handleInterrupt();
      } else {
        stream.onData = receive;
        receive(seen);
      }
    };
  });
}

async function answer(
  socket: Socket,
  word: FourLetterWord,
  { allowed, context }: FourLetterWords,
  stalledMs: number,
): Promise<void> {
  // Many tools close their side of the connection after the word and wait for the answer.
  socket.removeAllListeners('end');
  try {
    const text = allowed.has(word) ? await answerFourLetterWord(word, context) : [refusalOf(word)];
    await sendText(socket, text, stalledMs);
    socket.resume();
  } catch {
    socket.destroy();
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

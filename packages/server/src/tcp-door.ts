import type { Socket } from 'node:net';
import { AddressLimit } from './address-limit.ts';
import type { ClientHub } from './client-hub.ts';
import type { Address, Listener } from './environment.ts';
import { answerFourLetterWord, type FourLetterContext, isFourLetterWord } from './four-letter-words.ts';
import { listenTcp, TcpStream } from './node-environment.ts';

/**
 * ZooKeeper's client port. A connection whose first four bytes spell a known word gets that word's answer;
 * any other speaks frames.
 */
export function openTcpDoor(address: Address, hub: ClientHub, words: FourLetterContext): Promise<Listener> {
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
      const seen = head.length === 0 ? chunk : joined(head, chunk);
      if (seen.length < 4) {
        head = seen.slice();
        return;
      }
      const word = String.fromCharCode(...seen.subarray(0, 4));
      if (isFourLetterWord(word)) {
        stream.onData = () => {};
        answer(socket, answerFourLetterWord(word, words));
        return;
      }
      stream.onData = receive;
      receive(seen);
    };
  });
}

function answer(socket: Socket, text: string): void {
  socket.end(text);
  socket.resume();
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

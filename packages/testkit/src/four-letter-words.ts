import { connect } from 'node:net';

const ANSWER_BYTES_MAX = 1024 * 1024;
const TIMEOUT_MS = 2_000;

/** Sends one of ZooKeeper's four-letter words to a server on loopback. Rejects after two seconds without an answer. */
export function fourLetterWord(port: number, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let answer = '';
    socket.setEncoding('latin1');
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer to ${word} from port ${port}`)));
    socket.once('connect', () => socket.write(word));
    socket.on('data', (text: string) => {
      answer += text;
      if (answer.length > ANSWER_BYTES_MAX) socket.destroy(new Error(`the answer to ${word} has no end`));
    });
    socket.once('end', () => {
      socket.end();
      resolve(answer);
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`port ${port} closed without an answer to ${word}`)));
  });
}

export type ServerMode = 'leader' | 'follower' | 'standalone';

/** Resolves to the server's role as `srvr` reports it, or to `undefined` while the server is down or does not serve. */
export async function serverMode(port: number): Promise<ServerMode | undefined> {
  const answer = await fourLetterWord(port, 'srvr').catch(() => '');
  const mode = /^Mode: (leader|follower|standalone)$/m.exec(answer)?.[1];
  return mode as ServerMode | undefined;
}

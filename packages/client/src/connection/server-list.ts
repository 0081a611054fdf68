import type { ServerAddress } from '../environment/addresses.ts';

/** The servers, in a random order so that clients spread. Every attempt gets the next one. */
export class ServerList {
  readonly #servers: readonly ServerAddress[];
  #next = 0;

  constructor(servers: readonly ServerAddress[], random: () => number) {
    this.#servers = shuffled(servers, random);
  }

  get size(): number {
    return this.#servers.length;
  }

  next(): ServerAddress {
    const server = this.#servers[this.#next] as ServerAddress;
    this.#next = (this.#next + 1) % this.#servers.length;
    return server;
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

import Database from 'better-sqlite3';

/** The ledger has seen a newer holder of the lock. */
export class StaleTokenError extends Error {
  override readonly name = 'StaleTokenError';
}

/**
 * A resource outside of Conclave, guarded by fencing tokens: a SQLite file with one fence for the lock.
 *
 * A new holder raises the fence before its first read, so that no older holder can change what was read. Each write
 * compares its token with the fence in its own transaction.
 */
export class Ledger implements Disposable {
  readonly #database: Database.Database;
  readonly #takeOver: (token: number) => void;
  readonly #append: (token: number, writer: string) => void;

  constructor(file: string) {
    this.#database = new Database(file, { timeout: 10_000 });
    this.#database.pragma('journal_mode = WAL');
    this.#database.exec(`
      CREATE TABLE IF NOT EXISTS fence (id INTEGER PRIMARY KEY CHECK (id = 1), token INTEGER NOT NULL);
      INSERT OR IGNORE INTO fence VALUES (1, 0);
      CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, token INTEGER NOT NULL, writer TEXT NOT NULL);
    `);
    const raise = this.#database.prepare('UPDATE fence SET token = ? WHERE token <= ?');
    const fence = this.#database.prepare<[], number>('SELECT token FROM fence').pluck();
    const insert = this.#database.prepare('INSERT INTO entries (token, writer) VALUES (?, ?)');
    this.#takeOver = (token) => {
      if (raise.run(token, token).changes === 0) throw new StaleTokenError(`token ${token} is over`);
    };
    // Immediate: the fence is compared and the entry written under one lock of the database.
    this.#append = this.#database.transaction((token: number, writer: string) => {
      if (fence.get() !== token) throw new StaleTokenError(`token ${token} is over`);
      insert.run(token, writer);
    }).immediate;
  }

  /** To be called by each new holder before it reads. Throws `StaleTokenError` if a newer one has been here. */
  takeOver(token: number): void {
    this.#takeOver(token);
  }

  /** Throws `StaleTokenError` if a newer holder has taken over. */
  append(token: number, writer: string): void {
    this.#append(token, writer);
  }

  /** The tokens of all entries, in the order in which they were written. */
  tokens(): number[] {
    return this.#database.prepare<[], number>('SELECT token FROM entries ORDER BY id').pluck().all();
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

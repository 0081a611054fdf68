import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Remembers in a folder what became of each step, so that an interrupted run can go on. What it remembers holds only
 * for the sources with one fingerprint: a result for other sources says nothing about these.
 *
 * @typedef {{ outcome: 'passed' | 'failed' | 'skipped', seconds: number, note: string }} Result
 */
export class StepLedger {
  #folder;
  #fingerprint;
  /** @type {Map<string, Result>} */
  #results = new Map();

  /** @param {string} folder @param {string} fingerprint */
  constructor(folder, fingerprint) {
    this.#folder = folder;
    this.#fingerprint = fingerprint;
    mkdirSync(folder, { recursive: true });
    const state = existsSync(this.#file) ? parse(readFileSync(this.#file, 'utf8')) : undefined;
    if (state?.fingerprint === fingerprint) this.#results = new Map(Object.entries(state.results));
  }

  get #file() {
    return join(this.#folder, 'results.json');
  }

  /** A step that passed need not run again. */
  hasPassed(name) {
    return this.#results.get(name)?.outcome === 'passed';
  }

  /** @returns {Result | undefined} */
  resultOf(name) {
    return this.#results.get(name);
  }

  /** @param {string} name @param {Result} result */
  record(name, result) {
    this.#results.set(name, result);
    this.#write();
  }

  forget(name) {
    if (this.#results.delete(name)) this.#write();
  }

  /** Forgets everything. */
  clear() {
    this.#results.clear();
    rmSync(this.#file, { force: true });
  }

  /** The file is replaced as a whole: an interruption leaves the old one or the new one. */
  #write() {
    const state = { fingerprint: this.#fingerprint, results: Object.fromEntries(this.#results) };
    writeFileSync(`${this.#file}.new`, `${JSON.stringify(state, null, 2)}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }

  /** Where the output of a step is kept. */
  logOf(name) {
    return join(this.#folder, `${name}.log`);
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    // Damaged, so that nothing is known.
    return undefined;
  }
}

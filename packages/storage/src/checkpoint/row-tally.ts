import { crc32 } from 'node:zlib';

const SUM_MODULUS = 2 ** 48;

export function rowChecksum(key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key));
}

/**
 * The number of rows and the sum of their checksums, in any order. A checksum within a row cannot show that a whole row
 * is missing or out of date, but this can.
 */
export class RowTally {
  rows: number;
  checksums: number;

  constructor(rows = 0, checksums = 0) {
    this.rows = rows;
    this.checksums = checksums;
  }

  add(checksum: number): void {
    this.rows++;
    this.checksums = (this.checksums + checksum) % SUM_MODULUS;
  }

  remove(checksum: number): void {
    this.rows--;
    this.checksums = (this.checksums - checksum + SUM_MODULUS) % SUM_MODULUS;
  }

  equals(other: RowTally): boolean {
    return this.rows === other.rows && this.checksums === other.checksums;
  }
}

/**
 * What a frame costs: nanoseconds for each of the records on the hot path, the median and the best of several rounds.
 * Run it with `node packages/protocol/bench/wire.ts [part of a name]`.
 */
import {
  ByteReader,
  ByteWriter,
  CreateFlag,
  FrameDecoder,
  makeZxid,
  OPEN_ACL,
  OpCode,
  readReplyHeader,
  readRequest,
  readRequestHeader,
  readResponse,
  type Stat,
  writeReplyHeader,
  writeRequest,
  writeRequestHeader,
  writeResponse,
} from '../src/index.ts';

const ROUNDS = 9;
const ROUND_MS = 60;
const CHUNK_BYTES = 64 * 1024;
/** Frames differ, so that nothing is measured that only a repeated string would gain. */
const VARIANTS = 64;

const stat: Stat = {
  czxid: makeZxid(7, 1000),
  mzxid: makeZxid(7, 2000),
  ctime: 1_700_000_000_000,
  mtime: 1_700_000_000_500,
  version: 3,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  dataLength: 100,
  numChildren: 0,
  pzxid: makeZxid(7, 1000),
};
const data = new Uint8Array(100).fill(0x61);
const variants = Array.from({ length: VARIANTS }, (_, i) => i);
const paths = variants.map((i) => `/services/billing/workers/worker-${String(i).padStart(10, '0')}`);

function encoded(write: (writer: ByteWriter, i: number) => void): Uint8Array[] {
  return variants.map((i) => {
    const writer = new ByteWriter();
    write(writer, i);
    return writer.take();
  });
}

function writeGetDataReply(writer: ByteWriter, i: number): void {
  writeReplyHeader(writer, i, stat.mzxid, 0, true);
  writeResponse(writer, { op: OpCode.getData, data, stat });
}
function writeCreate2Reply(writer: ByteWriter, i: number): void {
  writeReplyHeader(writer, i, stat.czxid, 0, true);
  writeResponse(writer, { op: OpCode.create2, path: pathOf(i), stat });
}
function writeGetDataRequest(writer: ByteWriter, i: number): void {
  writeRequestHeader(writer, { xid: i, opcode: OpCode.getData, flags: 0, confirmed: i }, true);
  writeRequest(writer, { op: OpCode.getData, path: pathOf(i), watch: false });
}
function writeCreate2Request(writer: ByteWriter, i: number): void {
  writeRequestHeader(writer, { xid: i, opcode: OpCode.create2, flags: 0, confirmed: i }, true);
  writeRequest(writer, {
    op: OpCode.create2,
    path: pathOf(i),
    data,
    acl: OPEN_ACL,
    flags: CreateFlag.persistent,
  });
}
function pathOf(i: number): string {
  return paths[i] ?? '/';
}

const getDataReplies = encoded(writeGetDataReply);
const create2Replies = encoded(writeCreate2Reply);
const getDataRequests = encoded(writeGetDataRequest);
const create2Requests = encoded(writeCreate2Request);
const nativeHeaders = encoded((writer, i) => {
  writeRequestHeader(writer, { xid: i, opcode: OpCode.getData, flags: 0, confirmed: i }, true);
});
const stringsOf = (length: number) =>
  encoded((writer, i) => writer.string(`/${i}`.padEnd(length, 'abcdefgh/')));
const strings10 = stringsOf(10);
const strings30 = stringsOf(30);
const strings60 = stringsOf(60);
const strings200 = stringsOf(200);
const stringsUtf8 = encoded((writer, i) => writer.string(`/länder/österreich/straße-${i}`));

const writer = new ByteWriter(4096);
/** A path is always looked up somewhere: hashing it is what flattens a string that was put together. */
const lookup = new Map<string, number>();
let sink = 0;

function encode(write: (writer: ByteWriter, i: number) => void): (i: number) => void {
  return (i) => {
    writer.reset();
    write(writer, i);
    sink += writer.length;
  };
}
function decode(frames: readonly Uint8Array[], read: (reader: ByteReader) => number): (i: number) => void {
  return (i) => {
    sink += read(new ByteReader(frames[i] as Uint8Array));
  };
}
function readReply(opcode: number): (reader: ByteReader) => number {
  return (reader) => {
    const header = readReplyHeader(reader, true);
    return header.xid + (readResponse(opcode, reader).op as number);
  };
}
function readWholeRequest(reader: ByteReader): number {
  const header = readRequestHeader(reader, true);
  const request = readRequest(header.opcode, reader);
  return 'path' in request ? (lookup.get(request.path) ?? 1) : 0;
}
function readLookedUp(reader: ByteReader): number {
  return lookup.get(reader.string()) ?? 1;
}

function streamOf(frameBytes: number, totalBytes: number): Uint8Array {
  const out = new ByteWriter(totalBytes);
  const body = new Uint8Array(frameBytes);
  while (out.length + 4 + frameBytes <= totalBytes) out.buffer(body);
  return out.take();
}
/** Buffers, as sockets deliver them. */
function chunked(stream: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += CHUNK_BYTES) {
    chunks.push(Buffer.from(stream.subarray(at, at + CHUNK_BYTES)));
  }
  return chunks;
}
const decoder = new FrameDecoder();
const takeFrame = (frame: Uint8Array) => {
  sink += frame.length;
  return true;
};
function frames(chunks: readonly Uint8Array[]): () => void {
  return () => {
    for (const chunk of chunks) decoder.push(chunk, takeFrame);
  };
}
const smallFrames = streamOf(120, 120 * 124 * 64);
const smallFrameCount = smallFrames.length / 124;
const largeFrame = chunked(streamOf(1024 * 1024, 1024 * 1024 + 4));

interface Case {
  readonly name: string;
  readonly run: (i: number) => void;
  /** How many records one run handles. */
  readonly records?: number;
}
const cases: readonly Case[] = [
  { name: 'encode getData reply, 100 B', run: encode(writeGetDataReply) },
  { name: 'decode getData reply, 100 B', run: decode(getDataReplies, readReply(OpCode.getData)) },
  { name: 'encode create2 reply', run: encode(writeCreate2Reply) },
  { name: 'decode create2 reply', run: decode(create2Replies, readReply(OpCode.create2)) },
  { name: 'encode getData request', run: encode(writeGetDataRequest) },
  { name: 'decode getData request', run: decode(getDataRequests, readWholeRequest) },
  { name: 'encode create2 request, 100 B', run: encode(writeCreate2Request) },
  { name: 'decode create2 request, 100 B', run: decode(create2Requests, readWholeRequest) },
  { name: 'decode native request header', run: decode(nativeHeaders, (r) => readRequestHeader(r, true).xid) },
  { name: 'decode a string of 10 B', run: decode(strings10, readLookedUp) },
  { name: 'decode a string of 30 B', run: decode(strings30, readLookedUp) },
  { name: 'decode a string of 60 B', run: decode(strings60, readLookedUp) },
  { name: 'decode a string of 200 B', run: decode(strings200, readLookedUp) },
  { name: 'decode a string of 30 B, not ASCII', run: decode(stringsUtf8, readLookedUp) },
  { name: 'frames of 120 B in 64 KiB chunks', run: frames(chunked(smallFrames)), records: smallFrameCount },
  { name: 'a frame of 1 MiB in 64 KiB chunks', run: frames(largeFrame) },
];

function nanosecondsEach(measured: Case, iterations: number): number {
  const start = performance.now();
  for (let i = 0; i < iterations; i++) measured.run(i % VARIANTS);
  return ((performance.now() - start) * 1e6) / (iterations * (measured.records ?? 1));
}

const wanted = process.argv[2] ?? '';
for (const measured of cases) {
  if (!measured.name.includes(wanted)) continue;
  const records = measured.records ?? 1;
  // The first rounds are for the compiler. They also show how many turns a round of the wanted length has.
  let each = nanosecondsEach(measured, 100);
  for (let i = 0; i < 5; i++)
    each = nanosecondsEach(measured, Math.ceil((ROUND_MS * 1e6) / (each * records)));
  const iterations = Math.ceil((ROUND_MS * 1e6) / (each * records));
  const rounds = Array.from({ length: ROUNDS }, () => nanosecondsEach(measured, iterations)).sort(
    (a, b) => a - b,
  );
  const median = rounds[ROUNDS >> 1] ?? 0;
  const best = rounds[0] ?? 0;
  process.stdout.write(
    `${measured.name.padEnd(38)} ${median.toFixed(0).padStart(8)} ns  (best ${best.toFixed(0)})\n`,
  );
}
if (sink === 0) process.exitCode = 1;

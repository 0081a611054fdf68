import {
  ByteWriter,
  ErrorNumber,
  EventType,
  KeeperState,
  SpecialXid,
  writeReplyHeader,
  writeWatcherEvent,
  type Zxid,
} from '@conclave/protocol';

const writer = new ByteWriter(512);

/** One event for any number of clients. Its bytes are encoded once for each of the two protocols. */
export class EventFrame {
  readonly type: number;
  readonly path: string;
  readonly zxid: Zxid;
  #classic: Uint8Array | undefined;
  #native: Uint8Array | undefined;

  constructor(type: number, path: string, zxid: Zxid) {
    this.type = type;
    this.path = path;
    this.zxid = zxid;
  }

  /** Whether a client waits for this very event, a grant, and not merely for news of a change. */
  get isUrgent(): boolean {
    return this.type === EventType.granted;
  }

  /** The frame, preceded by its length. All clients share these bytes, so callers must not modify them. */
  bytes(native: boolean): Uint8Array {
    if (native) {
      this.#native ??= this.#encode(true);
      return this.#native;
    }
    this.#classic ??= this.#encode(false);
    return this.#classic;
  }

  #encode(native: boolean): Uint8Array {
    // Without this, the rest of an event that failed to encode would precede the next one.
    writer.reset();
    const start = writer.reserveInt();
    writeReplyHeader(writer, SpecialXid.notification, this.zxid, ErrorNumber.OK, native);
    writeWatcherEvent(writer, { type: this.type, state: KeeperState.syncConnected, path: this.path });
    writer.setInt(start, writer.length - start - 4);
    return writer.take();
  }
}

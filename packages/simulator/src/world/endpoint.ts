import { Pipe, type PipeNetwork } from './pipe.ts';
import type { SimProcess } from './sim-process.ts';

/** A writer should wait while more than this is unsent. */
const HIGH_WATER_BYTES = 64 * 1024;
/** Time that an endpoint waits for its peer to close too, before it destroys the stream. */
const LINGER_MS = 2_000;

/** The little of the network that an end of a stream needs. */
export interface EndpointNetwork extends PipeNetwork {
  opened(endpoint: Endpoint): void;
  gone(endpoint: Endpoint, why: string): void;
}

/** One process's end of a stream. Its owner sets the callbacks; each call of one is a turn of the process. */
export class Endpoint {
  readonly process: SimProcess;
  readonly peerName: string;
  onData: (chunk: Uint8Array) => void = () => {};
  onDrain: () => void = () => {};
  /**
   * Called once, whichever side closed the stream, as the last callback. `cause` is undefined after an orderly close.
   */
  onClose: (cause: Error | undefined) => void = () => {};
  /** Called with every write before it leaves, for the trace. */
  onSent: ((bytes: Uint8Array) => void) | undefined;
  readonly #network: EndpointNetwork;
  #peer: Endpoint | undefined;
  #out: Pipe | undefined;
  /** Bytes that have arrived but are not read yet, because the owner has stopped reading. */
  #unread: (Uint8Array | undefined)[] = [];
  #isReading = true;
  #isClosed = false;
  #hasEnded = false;
  #wantsDrain = false;
  #isOrphan = false;

  private constructor(network: EndpointNetwork, process: SimProcess, peerName: string) {
    this.#network = network;
    this.process = process;
    this.peerName = peerName;
    network.opened(this);
    process.onDeath(() => this.#processDied());
  }

  /** Two ends of a new stream, open on both sides. */
  static pair(network: EndpointNetwork, a: SimProcess, b: SimProcess): readonly [Endpoint, Endpoint] {
    const near = new Endpoint(network, a, b.name);
    const far = new Endpoint(network, b, a.name);
    near.#connect(far);
    far.#connect(near);
    return [near, far];
  }

  get bufferedBytes(): number {
    return this.#out?.unsentBytes ?? 0;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether the other side vanished without closing the stream, and this side does not know it yet. */
  get isOrphan(): boolean {
    return this.#isOrphan && !this.#isClosed;
  }

  /** Takes over `bytes`. Returns false if so much is unsent that the writer should wait for `onDrain`. */
  write(bytes: Uint8Array): boolean {
    if (this.#isClosed || this.#hasEnded || !this.process.mayAct()) return true;
    this.onSent?.(bytes);
    this.#out?.send(bytes);
    if (this.bufferedBytes <= HIGH_WATER_BYTES) return true;
    this.#wantsDrain = true;
    return false;
  }

  stopReading(): void {
    this.#isReading = false;
  }

  startReading(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    if (this.#unread.length > 0) this.#network.world.after(0, () => this.process.deliver(() => this.#read()));
  }

  /** Sends everything that was written, then closes. */
  end(): void {
    if (this.#isClosed || this.#hasEnded || !this.process.mayAct()) return;
    this.#hasEnded = true;
    this.#out?.finish();
    this.startReading();
    this.process.after(LINGER_MS, () => this.destroy());
  }

  /** Closes at once. Bytes on their way may be lost. */
  destroy(): void {
    if (this.#isClosed || !this.process.mayAct()) return;
    this.#sendEnd();
    this.#close(undefined);
  }

  /** Breaks the stream, as the network does. Both sides learn of it. */
  break(): void {
    this.#peer?.reset();
    this.reset();
  }

  /** Ends the stream because the other side's machine answers that there is no such stream. */
  reset(): void {
    this.#close(new Error('the connection was reset'));
  }

  /** From now on nothing that is written arrives, and neither side learns of it. */
  hang(): void {
    this.#out?.kill();
  }

  /** Removes this end together with its machine. The other side does not learn of it. */
  vanish(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#network.gone(this, 'the machine is gone');
    this.#out?.kill();
    const peer = this.#peer;
    if (peer !== undefined && !peer.#isClosed) peer.#isOrphan = true;
  }

  #connect(peer: Endpoint): void {
    this.#peer = peer;
    this.#out = new Pipe(this.#network, {
      from: this.process.name,
      to: peer.process.name,
      onArrival: (bytes) => peer.#arrived(bytes),
      onSent: () => this.#sent(),
    });
  }

  /** Notes that the other side has read this many bytes. */
  hasBeenRead(bytes: number): void {
    this.#out?.consumed(bytes);
  }

  #sent(): void {
    if (!this.#wantsDrain) return;
    this.#wantsDrain = false;
    this.#network.world.after(0, () =>
      this.process.deliver(() => {
        if (!this.#isClosed) this.onDrain();
      }),
    );
  }

  #arrived(bytes: Uint8Array | undefined): void {
    if (this.#isClosed) return;
    this.process.deliver(() => {
      this.#unread.push(bytes);
      this.#read();
    });
  }

  /** Hands over what has arrived, for as long as the owner reads. */
  #read(): void {
    while (this.#isReading && !this.#isClosed && this.#unread.length > 0) {
      const bytes = this.#unread.shift();
      if (bytes === undefined) {
        this.#sendEnd();
        this.#close(undefined);
        return;
      }
      const { world } = this.#network;
      world.trace.mark(world.nowMs, bytes.length);
      world.trace.markText(this.process.name);
      this.#peer?.hasBeenRead(bytes.length);
      this.onData(bytes);
    }
  }

  /** Informs the other side of the close, behind everything that was sent before. */
  #sendEnd(): void {
    this.#out?.finish();
  }

  #close(cause: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unread = [];
    this.#network.gone(this, cause?.message ?? 'closed');
    this.#network.world.after(0, () => this.process.deliver(() => this.onClose(cause)));
  }

  /** The operating system closes the streams of a dead program, unless the whole machine is gone. */
  #processDied(): void {
    if (this.#isClosed) return;
    if (!this.process.machine.hasPower) {
      this.vanish();
      return;
    }
    this.#isClosed = true;
    this.#network.gone(this, 'the program is dead');
    this.#out?.finish();
  }
}

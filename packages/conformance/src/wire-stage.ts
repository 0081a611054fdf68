import { type Actor, eventText, type Role, type Stage, withEvents } from './actor.ts';
import { Arguments } from './arguments.ts';
import { errorText } from './error-names.ts';
import { JuteWriter } from './jute.ts';
import { type Normaliser, zxidText } from './outcome.ts';
import type { Operation } from './script.ts';
import { type Hello, NO_PASSWORD, type Reply, type Welcome, WireConnection } from './wire-connection.ts';
import { type WireOperation, wireOperation } from './wire-operations.ts';

const CLOSE_SESSION: WireOperation = { opcode: -11, record: new Uint8Array(0), read: () => 'ok' };
const WRONG_PASSWORD = Buffer.alloc(16, 7);
const FAR_AHEAD = 1n << 60n;
/** Long enough for events that servers cause in their own time, such as expired sessions and nodes. */
const EVENTS_TIMEOUT_MS = 15_000;
const SYNC_CONNECTED = 3;

/** Cases run as frames on ZooKeeper's port. `ports` are the ensemble's, and the first is the default. */
export class WireStage implements Stage {
  readonly #ports: readonly number[];

  constructor(ports: readonly number[]) {
    this.#ports = ports;
  }

  enter({ name }: Role, normaliser: Normaliser): Actor {
    return new WireActor(name, this.#ports, normaliser);
  }
}

class WireActor implements Actor {
  readonly #name: string;
  readonly #ports: readonly number[];
  readonly #normaliser: Normaliser;
  #connection: WireConnection | undefined;
  /** A connection that the session has left and that is still open. */
  #former: WireConnection | undefined;
  #welcome: Welcome | undefined;
  #lastZxid = 0n;
  #xid = 0;

  constructor(name: string, ports: readonly number[], normaliser: Normaliser) {
    this.#name = name;
    this.#ports = ports;
    this.#normaliser = normaliser;
  }

  async perform(operation: Operation): Promise<string> {
    const given = new Arguments(operation, this.#normaliser);
    switch (given.verb) {
      case 'connect':
        return this.#connect(given, {});
      case 'resume':
        return this.#resume(given);
      case 'greet':
        return this.#greet(given);
      case 'intrude':
        return this.#intrude();
      case 'drop':
        this.#drop();
        return 'ok';
      case 'close':
        return this.#request(given, CLOSE_SESSION);
      case 'events':
        return this.#request(given, SYNC);
      case 'awaitEvents':
        return this.#awaitEvents(given);
      case 'late':
        return this.#late(given);
      case 'pipeline':
        return this.#pipeline(given);
      case 'frame':
        return this.#sendRaw(given, (connection, bytes) => connection.sendFrame(bytes));
      case 'bytes':
        return this.#sendRaw(given, (connection, bytes) => connection.sendBytes(bytes));
      default: {
        const request = wireOperation(given);
        if (request === undefined) throw new TypeError(`there is no ${given.verb} over the wire`);
        return this.#request(given, request);
      }
    }
  }

  async leave(): Promise<void> {
    const connection = this.#connection;
    this.#former?.destroy();
    if (connection === undefined || connection.isOver) return;
    await connection.request(++this.#xid, CLOSE_SESSION.opcode, CLOSE_SESSION.record);
    connection.destroy();
  }

  async #connected(): Promise<WireConnection> {
    if (this.#connection === undefined) await this.#connect(undefined, {});
    if (this.#connection === undefined) throw new Error(`session ${this.#name} was refused`);
    return this.#connection;
  }

  async #connect(given: Arguments | undefined, base: Hello): Promise<string> {
    this.#drop();
    const connection = await WireConnection.open(this.#ports[given?.integer('server', 0) ?? 0] ?? 0);
    const readOnly = given?.text('readOnly', 'false');
    const welcome = await connection.greet({
      ...base,
      timeoutMs: given?.integer('timeout', base.timeoutMs ?? 10_000),
      protocolVersion: given?.integer('protocol', 0),
      readOnly: readOnly === 'absent' ? undefined : readOnly === 'true',
    });
    if (welcome === undefined) return 'closed';
    this.#connection = connection;
    if (welcome.sessionId !== 0n) {
      this.#welcome = welcome;
      this.#normaliser.name(this.#name, welcome.sessionId);
    }
    const { sessionId, timeoutMs, password, protocolVersion } = welcome;
    if (given?.has('full') !== true) return sessionId === 0n ? 'expired' : `connected timeout=${timeoutMs}`;
    return [
      sessionId === 0n ? 'expired' : 'connected',
      `timeout=${timeoutMs}`,
      `password=${password.equals(NO_PASSWORD) ? 'none' : `${password.length} bytes`}`,
      `readOnly=${welcome.readOnly ?? 'absent'}`,
      ...(protocolVersion === 0 ? [] : [`protocol=${protocolVersion}`]),
    ].join(' ');
  }

  /**
   * Opens another connection for the session that this actor had. The connection before it is closed first. With
   * `beside` the server has to close it, and `leaving` keeps it for requests that come `late`.
   */
  async #resume(given: Arguments): Promise<string> {
    const was = this.#welcome;
    if (was === undefined) throw new Error(`there was no session ${this.#name}`);
    const keepsOld = given.has('beside') || given.has('leaving');
    const old = this.#connection;
    if (keepsOld) this.#connection = undefined;
    const result = await this.#connect(given, {
      sessionId: was.sessionId,
      timeoutMs: was.timeoutMs,
      password: given.has('badPassword') ? WRONG_PASSWORD : was.password,
      lastZxidSeen: given.has('ahead') ? FAR_AHEAD : this.#lastZxid,
    });
    if (given.has('beside')) await old?.over;
    if (given.has('leaving')) this.#former = old;
    return result;
  }

  /** Sends a handshake for a session that this actor did not get from a server. */
  #greet(given: Arguments): Promise<string> {
    const sessionId = given.long('session', 0n);
    return this.#connect(given, { sessionId, lastZxidSeen: given.has('ahead') ? FAR_AHEAD : 0n });
  }

  /** Another client tries to take over the session, with a wrong password. */
  async #intrude(): Promise<string> {
    const { id, connection } = { id: this.#welcome?.sessionId, connection: this.#connection };
    this.#connection = undefined;
    const result = await this.#connect(undefined, { sessionId: id, password: WRONG_PASSWORD });
    this.#drop();
    this.#connection = connection;
    return result;
  }

  #drop(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  async #request(given: Arguments, operation: WireOperation): Promise<string> {
    const connection = await this.#connected();
    const xid = given.integer('xid', operation.xid ?? ++this.#xid);
    const reply = await connection.request(xid, operation.opcode, operation.record);
    return this.#result(connection, given, operation, reply);
  }

  /** Sends a request over the connection that the session has left. */
  async #late(given: Arguments): Promise<string> {
    const [part] = given.parts;
    const operation = part === undefined ? undefined : wireOperation(part);
    const connection = this.#former;
    if (part === undefined || operation === undefined || connection === undefined) {
      throw new TypeError('late needs one operation and a connection that was left');
    }
    const reply = await connection.request(++this.#xid, operation.opcode, operation.record);
    return this.#result(connection, part, operation, reply);
  }

  /** Sends all requests at once, without waiting for answers in between. */
  async #pipeline(given: Arguments): Promise<string> {
    const connection = await this.#connected();
    const results = await Promise.all(
      given.parts.map((part) => {
        const operation = wireOperation(part);
        if (operation === undefined) throw new TypeError(`there is no ${part.verb} over the wire`);
        const xid = operation.xid ?? ++this.#xid;
        return connection
          .request(xid, operation.opcode, operation.record)
          .then((reply) => this.#answerText(connection, part, operation, reply));
      }),
    );
    return withEvents(
      connection.takeEvents().map((event) => eventOf(event, false)),
      `[${results.join(' | ')}]`,
    );
  }

  #result(
    connection: WireConnection,
    given: Arguments,
    operation: WireOperation,
    reply: Reply | undefined,
  ): string {
    const events = connection.takeEvents().map((event) => eventOf(event, given.has('zxid')));
    return withEvents(events, this.#answerText(connection, given, operation, reply));
  }

  #answerText(
    connection: WireConnection,
    given: Arguments,
    { read }: WireOperation,
    reply: Reply | undefined,
  ): string {
    if (reply === undefined) return connection.isOver ? 'closed' : 'no answer';
    const { body, error, zxid } = reply;
    if (zxid > this.#lastZxid) this.#lastZxid = zxid;
    // The body after an error is not read.
    const texts = [error === 0 ? read(body) : errorText(error)];
    if (given.has('zxid')) texts.push(zxidText(zxid));
    if (error === 0 && body.remaining > 0) texts.push(`and ${body.remaining} bytes more`);
    return texts.join(' ');
  }

  /** Waits for `count=` events, one by default, then reports all that have come. */
  async #awaitEvents(given: Arguments): Promise<string> {
    const connection = await this.#connected();
    await connection.eventsThere(given.integer('count', 1), EVENTS_TIMEOUT_MS);
    return this.#request(given, SYNC);
  }

  /** `frame xid=1 hex=...` sends any bytes and awaits the answer under that number. */
  async #sendRaw(
    given: Arguments,
    send: (connection: WireConnection, bytes: Uint8Array) => void,
  ): Promise<string> {
    const connection = await this.#connected();
    const bytes = Buffer.from(given.text('hex', ''), 'hex');
    const answer = connection.answer(given.integer('xid', this.#xid + 1));
    send(connection, bytes);
    const read = () => 'ok';
    return this.#result(connection, given, { opcode: 0, record: bytes, read }, await answer);
  }
}

/** When this is answered, all events of earlier changes have come. */
const SYNC: WireOperation = {
  opcode: 9,
  record: new JuteWriter().string('/').take(),
  read: (body) => {
    body.string();
    return 'ok';
  },
};

function eventOf({ body, zxid }: Reply, withZxid: boolean): string {
  const [type, state, path] = [body.int(), body.int(), String(body.string())];
  const text = withZxid ? `${eventText(type, path)}@${zxidText(zxid)}` : eventText(type, path);
  return state === SYNC_CONNECTED ? text : `${text} state=${state}`;
}

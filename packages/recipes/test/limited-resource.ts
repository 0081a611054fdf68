/** A resource that records a complaint if it has two users at a time, or an older holder after a newer one. */
export class LimitedResource {
  readonly complaints: string[] = [];
  uses = 0;
  #user: string | undefined;
  #token = 0;

  /** Uses the resource from the call to the end of the promise. */
  async use(user: string, token: number, work: () => Promise<void>): Promise<void> {
    if (this.#user !== undefined) this.complaints.push(`${user} came while ${this.#user} was inside`);
    if (token <= this.#token) this.complaints.push(`${user} came with ${token} after ${this.#token}`);
    this.#user = user;
    this.#token = token;
    this.uses++;
    await work();
    this.#user = undefined;
  }
}

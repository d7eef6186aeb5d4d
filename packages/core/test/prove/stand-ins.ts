// Stand-ins for libraries, which treat their users as the libraries do.

/** A pool of connections that treats a wrong order as `pg` does. */
export class Pool {
  #state: 'new' | 'open' | 'ended' = 'new'

  async connect(): Promise<void> {
    await null
    this.#state = 'open'
  }

  async query(): Promise<void> {
    if (this.#state === 'ended') throw new Error('Cannot use a pool after calling end on the pool')
    if (this.#state === 'new') throw new Error('Cannot use a pool that is not connected')
    await null
  }

  async end(): Promise<void> {
    if (this.#state === 'ended') throw new Error('Called end on pool more than once')
    this.#state = 'ended'
    await null
  }
}

// The drains that are under way. A reload lets an application drain while the next one serves.

/** Drains knows what each application waits for in its drain. */
export class Drains {
  readonly #obstacles = new Map<unknown, readonly string[]>()

  /** Notes what an application waits for. */
  progress(app: unknown, obstacles: readonly string[]): void {
    this.#obstacles.set(app, obstacles)
  }

  /** Forgets the drain of an application: it has ended. */
  end(app: unknown): void {
    this.#obstacles.delete(app)
  }

  /** Returns what an application waits for; nothing if it does not drain. */
  of(app: unknown): readonly string[] {
    return this.#obstacles.get(app) ?? []
  }

  /** Returns what all applications but one wait for. */
  ofOthers(app: unknown): readonly string[] {
    return [...this.#obstacles].flatMap(([other, obstacles]) => (other === app ? [] : obstacles))
  }
}

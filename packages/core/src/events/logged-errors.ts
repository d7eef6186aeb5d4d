// The errors whose reason the log of an application contains.

/** Remembers errors, so that the lines that sum up a failure do not repeat its reason. */
export class LoggedErrors {
  readonly #errors = new WeakSet<object>()
  /** The last thrown value that is not an object. */
  #value: unknown

  add(error: unknown): void {
    if (typeof error === 'object' && error !== null) this.#errors.add(error)
    else if (error !== undefined) this.#value = error
  }

  /** Reports whether each of these errors is known. */
  hasAll(errors: readonly unknown[]): boolean {
    return errors.every((error) => this.has(error))
  }

  has(error: unknown): boolean {
    if (typeof error === 'object' && error !== null) return this.#errors.has(error)
    return error !== undefined && error === this.#value
  }
}

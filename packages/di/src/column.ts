/** A list that only grows, in pages: it is never copied. */

/**
 * A list of many values. An array of 100,000 was copied a dozen times until it had that length, each time to memory that
 * the system had to hand out first, and that costs more than all that is done with the values.
 */
export class Column<T> {
  readonly #pages: T[][] = []
  /** How many values there are. */
  length = 0

  at(place: number): T {
    return this.#pages[place >> 9]![place & 511]!
  }

  set(place: number, value: T): void {
    this.#pages[place >> 9]![place & 511] = value
  }

  /** Adds a value and gives its place. */
  push(value: T): number {
    if (!(this.length & 511)) this.#pages.push([])
    this.#pages[this.length >> 9]!.push(value)
    return this.length++
  }
}

// A log that tests can wait on.

import type { Logger } from '@myfy/core'

export class Lines {
  readonly all: string[] = []
  readonly #waiting = new Set<() => void>()
  #ended = false

  add(line: string): void {
    this.all.push(line)
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  /** Returns the first matching line, past or future. Times out before the test does, and shows the log. */
  async first(pattern: RegExp, from = 0): Promise<string> {
    const late = setTimeout(() => this.end(), 55_000).unref()
    for (;;) {
      const found = this.all.slice(from).find((line) => pattern.test(line))
      if (found !== undefined) {
        clearTimeout(late)
        return found
      }
      if (this.#ended)
        throw new Error(
          `Cannot find a line like ${pattern}: the output ended, or 55 s passed. The output:\n${this}`,
        )
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  count(pattern: RegExp): number {
    return this.all.filter((line) => pattern.test(line)).length
  }

  toString(): string {
    return this.all.join('\n')
  }

  /** A logger that adds its messages to this log. */
  get logger(): Logger {
    const write = (level: string) => (_fields: object, message: string) => this.add(`${level} ${message}`)
    return { debug() {}, info: write('info'), warn: write('warn'), error: write('error') }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}

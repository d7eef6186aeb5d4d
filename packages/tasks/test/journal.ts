// The attempts of jobs, for tests that wait for them.

/** Journal records the attempts of jobs. `until` resolves when there are as many. */
export class Journal {
  attempts: string[] = []
  #wake = () => {}

  add(entry: string): void {
    this.attempts.push(entry)
    this.#wake()
  }

  async until(count: number): Promise<void> {
    while (this.attempts.length < count)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
  }
}

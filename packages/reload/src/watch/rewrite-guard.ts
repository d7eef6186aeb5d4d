// Detects a file that the application writes and imports, which would cause reloads without end.

/** The number of consecutive applications that may write the same imported file while they start. */
const MAX_REWRITES = 5

/** Counts the applications in a row that wrote a file which they had just been loaded from. */
export class RewriteGuard {
  #counts = new Map<string, number>()
  readonly #held = new Set<string>()

  /** Records the imported files that an application wrote while it started. Returns those that are held from now on. */
  record(rewritten: readonly string[]): string[] {
    const before = this.#counts
    this.#counts = new Map(rewritten.map((file) => [file, (before.get(file) ?? 0) + 1]))
    const held = rewritten.filter((file) => this.#counts.get(file) === MAX_REWRITES)
    for (const file of held) this.#held.add(file)
    return held
  }

  /** Reports whether all of these files are held, so that they cause no reload. */
  holds(files: readonly string[]): boolean {
    return files.length > 0 && files.every((file) => this.#held.has(file))
  }

  /** Releases the held files, because something else asks for a reload. */
  release(): void {
    if (this.#held.size === 0) return
    this.#counts.clear()
    this.#held.clear()
  }
}

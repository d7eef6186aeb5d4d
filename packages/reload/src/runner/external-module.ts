// A module that Node loads for the application.

import type { SourceLocation } from '../errors.ts'
import type { Importable, Origin } from './importable.ts'

/** A module that Node loads, imported when the first module needs it. */
export class ExternalModule implements Importable {
  exports: object = {}
  #load: () => Promise<object>
  #pending: Promise<void> | undefined
  complete = false
  /** Returns the place of the import of it that was linked last. */
  importedAt: (() => SourceLocation | undefined) | undefined

  constructor(load: () => Promise<object>) {
    this.#load = load
  }

  origin(name: string): Origin {
    return { module: this, name }
  }

  evaluate(): void | Promise<void> {
    if (this.complete) return
    this.#pending ??= this.#load().then(
      (namespace) => {
        this.exports = namespace
        this.complete = true
      },
      (error) => {
        // The next attempt may succeed, for example because a package was installed.
        this.#pending = undefined
        // Node names a file that it refuses, but not the import of it. It throws the same error again and again.
        if (error?.code === 'ERR_UNKNOWN_FILE_EXTENSION') error.location = this.importedAt?.()
        throw error
      },
    )
    return this.#pending
  }
}

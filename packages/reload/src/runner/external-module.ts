// A module that Node loads for the application.

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { types } from 'node:util'
import { clauseOf } from '@myfy/core/runtime'
import { ImportError, type SourceLocation } from '../errors.ts'
import { isJsonUrl } from '../resolve/specifier.ts'
import type { Importable, Origin } from './importable.ts'

/** A module cannot be loaded without waiting. The `require` that needs it tells its own place. */
export class AsynchronousModule extends Error {
  /** The file or the URL of the module. */
  readonly subject: string

  constructor(subject: string, reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause })
    this.subject = subject
  }

  /** Returns the error of a `require` of a file, in the form that programs test for. */
  requiredIn(file: string, importer: string | undefined): ImportError {
    const place = importer === undefined ? '' : ` in ${importer}`
    const subject = this.subject === file ? 'it' : `it needs ${this.subject}, which`
    const message = `Cannot require ${file}${place}: ${subject} ${clauseOf(this)}. Use import() instead.`
    return Object.assign(new ImportError(message), {
      code: 'ERR_REQUIRE_ASYNC_MODULE',
      ...(this.cause !== undefined && { cause: this.cause }),
    })
  }
}

/** A module that Node loads, imported when the first module needs it. */
export class ExternalModule implements Importable {
  exports: object = {}
  #load: () => Promise<object>
  readonly #url: string
  #pending: Promise<void> | undefined
  complete = false
  /** Returns the place of the import of it that was linked last. */
  importedAt: (() => SourceLocation | undefined) | undefined

  constructor(url: string, load: () => Promise<object>) {
    this.#url = url
    this.#load = load
  }

  origin(name: string): Origin {
    return { module: this, name }
  }

  evaluate(_importer?: Importable, now = false): void | Promise<void> {
    if (this.complete) return
    if (now) {
      this.exports = loadSynchronously(this.#url)
      this.complete = true
      return
    }
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

/** The reasons for which Node refuses to load a module without waiting. */
const REFUSALS: ReadonlyMap<unknown, string> = new Map([
  ['ERR_REQUIRE_ASYNC_MODULE', 'awaits at its top level'],
  ['ERR_REQUIRE_CYCLE_MODULE', 'is being loaded by an import that has not ended'],
  ['ERR_REQUIRE_ESM_RACE_CONDITION', 'is being loaded by an import that has not ended'],
  ['ERR_REQUIRE_ESM', 'is an ECMAScript module, and require() of those is switched off in this process'],
])

/**
 * Loads a module that Node loads, and returns its namespace.
 *
 * @throws AsynchronousModule if Node cannot load it without waiting, and what the module throws
 */
function loadSynchronously(url: string): object {
  const value = required(url)
  if (isJsonUrl(url)) return { default: value }
  // Node adds `__esModule` to the namespace of a module with a default export.
  if (types.isModuleNamespaceObject(value)) return namespaceOf(value as object, '__esModule')
  // As in an import of CommonJS, `module.exports` is the default export, and its properties are named exports.
  const isPlain = (typeof value !== 'object' && typeof value !== 'function') || Array.isArray(value)
  const namespace = namespaceOf(isPlain ? {} : Object(value ?? {}), 'default')
  return Object.defineProperty(namespace, 'default', { enumerable: true, value })
}

function required(url: string): unknown {
  const require = createRequire(import.meta.url)
  if (url.startsWith('node:')) return require(url)
  if (!/^file:[^?#]*$/.test(url))
    throw new AsynchronousModule(url, 'is not a file, so that Node.js loads it by import() alone')
  try {
    return require(fileURLToPath(url))
  } catch (error) {
    const reason = REFUSALS.get((error as NodeJS.ErrnoException | undefined)?.code)
    throw reason === undefined ? error : new AsynchronousModule(fileURLToPath(url), reason, error)
  }
}

/** Returns the properties of an object, but one, as live bindings. */
function namespaceOf(value: object, hidden: string): object {
  const namespace: object = Object.create(null, { [Symbol.toStringTag]: { value: 'Module' } })
  for (const name of Object.keys(value)) {
    if (name === hidden) continue
    Object.defineProperty(namespace, name, { enumerable: true, get: () => Reflect.get(value, name) })
  }
  return namespace
}

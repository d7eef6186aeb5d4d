// The customization hooks by which an import that Node resolves leads to a module of the application.

import type { LoadHookContext, ResolveHookContext } from 'node:module'
import { pathToFileURL } from 'node:url'
import { ownModuleOf } from './own-module.ts'

/** The result of a load hook. */
export interface LoadedSource {
  readonly format: 'module'
  readonly shortCircuit: true
  readonly source: string
}

/** Recognizes imports of the application's modules from code that Node loads: a dependency imports them by their path. */
export class OwnModuleHooks {
  readonly #exempt: string
  readonly #files = new Map<string, string>()

  /** @param exempt - the URL of the module whose imports are left to Node */
  constructor(exempt: string) {
    this.#exempt = exempt
  }

  /** Returns the resolution of a module of the application; undefined leaves the import to Node. */
  resolve(specifier: string, { parentURL, importAttributes }: ResolveHookContext) {
    if (parentURL === this.#exempt || importAttributes?.type !== undefined) return undefined
    const file = ownModuleOf(specifier)
    if (file === undefined) return undefined
    // A query that a dependency adds against caches stays, and makes another facade of the same module.
    const query = /\?.*$/.exec(specifier)?.[0] ?? ''
    const url = `${pathToFileURL(file).href}${query}`
    this.#files.set(url, file)
    return { url, format: 'module' as const, shortCircuit: true as const }
  }

  /** Returns the file of a URL that was resolved here. */
  fileOf(url: string): string | undefined {
    return this.#files.get(url)
  }
}

export type NextResolve<R> = (specifier: string, context: ResolveHookContext) => R
export type NextLoad<R> = (url: string, context: LoadHookContext) => R

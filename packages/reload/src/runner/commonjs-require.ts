// The `require` of the application's own CommonJS. Modules of the application come from the module runner.

import { createRequire } from 'node:module'
import type { OwnModule, Resolver } from '../resolve/resolver.ts'

/**
 * Returns the `require` function of a file.
 *
 * @param load - loads a module of the application synchronously and returns its `module.exports`
 */
export function createRequireFunction(
  file: string,
  resolver: Resolver,
  module: object,
  load: (resolution: OwnModule) => unknown,
): (specifier: string) => unknown {
  let native: NodeJS.Require | undefined
  const nativeRequire = () => {
    native ??= createRequire(file)
    return native
  }
  const require = (specifier: string) => {
    const resolution = resolveOwn(specifier, file, resolver)
    return resolution ? load(resolution) : nativeRequire()(specifier)
  }
  const resolve = (specifier: string, options?: NodeJS.RequireResolveOptions) =>
    resolveOwn(specifier, file, resolver)?.file ?? nativeRequire().resolve(specifier, options)
  return Object.defineProperties(require, {
    resolve: { value: resolve, enumerable: true },
    // The entry is the main module: `require.main === module`.
    main: { get: () => (process.argv[1] === file ? module : nativeRequire().main), enumerable: true },
    cache: { get: () => nativeRequire().cache, enumerable: true },
    extensions: { get: () => nativeRequire().extensions, enumerable: true },
  })
}

/** Returns undefined for everything that Node loads, and for what is not found, so that Node reports it. */
function resolveOwn(specifier: string, file: string, resolver: Resolver): OwnModule | undefined {
  const resolution = resolver.find(specifier, file, 'require')
  return resolution?.type === 'module' ? resolution : undefined
}

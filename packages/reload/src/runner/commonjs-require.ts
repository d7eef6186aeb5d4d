// The `require` of the application's own CommonJS. Modules of the application come from the module runner.

import { createRequire } from 'node:module'
import type { OwnModule, Resolver } from '../resolve/resolver.ts'
import type { CommonJsModule } from './commonjs-module.ts'

/** The load that a `require` function belongs to. */
interface RequireParts {
  /** Loads a module of the application synchronously and returns its `module.exports`. */
  load(resolution: OwnModule): unknown
  /** The `module` of the entry; undefined if that is an ECMAScript module. */
  main(): CommonJsModule | undefined
}

/** Returns the `require` function of a module, which is its method as well. */
export function createRequireFunction(
  module: CommonJsModule,
  resolver: Resolver,
  { load, main }: RequireParts,
): (specifier: string) => unknown {
  const file = module.filename
  // The prototype's method loads for this module: what it loads has it as the parent.
  const requireOfNode = module.require
  let native: NodeJS.Require | undefined
  const nativeRequire = () => {
    native ??= createRequire(file)
    return native
  }
  const require = (specifier: string) => {
    const resolution = resolveOwn(specifier, file, resolver)
    return resolution ? load(resolution) : requireOfNode.call(module, specifier)
  }
  const resolve = (specifier: string, options?: NodeJS.RequireResolveOptions) =>
    resolveOwn(specifier, file, resolver)?.file ?? nativeRequire().resolve(specifier, options)
  Object.defineProperty(module, 'require', { value: require, configurable: true, writable: true })
  return Object.defineProperties(require, {
    resolve: { value: resolve, enumerable: true },
    main: { get: () => main() ?? nativeRequire().main, enumerable: true },
    cache: { get: () => nativeRequire().cache, enumerable: true },
    extensions: { get: () => nativeRequire().extensions, enumerable: true },
  })
}

/** Returns undefined for everything that Node loads, and for what is not found, so that Node reports it. */
function resolveOwn(specifier: string, file: string, resolver: Resolver): OwnModule | undefined {
  const resolution = resolver.find(specifier, file, 'require')
  return resolution?.type === 'module' ? resolution : undefined
}

// The options of a container and of its methods.

import type { Construction } from './graph/trace.ts'
import type { Scope } from './providers/token.ts'

/** The options of a container. */
export interface ContainerOptions {
  /**
   * True if plans are compiled to generated functions. Default: true if the process allows code from strings. Otherwise
   * the same plans run as closures.
   */
  readonly codegen?: boolean
  /** Called after each constructor or factory: for tracing and profiling. It must not throw. Default: none. */
  readonly onConstruct?: (construction: Construction) => void
  /** Receives warnings. Default: a warning of the process. */
  readonly onWarning?: (message: string, code: string) => void
}

/** The options of `container.build`. */
export interface BuildOptions {
  /**
   * Called around each call of a factory, and returns what it returns: for tracing. `build` compiles it into the plans;
   * without it nothing is called. Default: none.
   */
  readonly around?: <T>(service: { readonly name: string; readonly scope: Scope }, make: () => T) => T
}

/** The options of `container.dispose`. */
export interface DisposeOptions {
  /** The time to wait for open scopes, in milliseconds. Default: 5000. */
  readonly timeoutMs?: number
}

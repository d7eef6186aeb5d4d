// What the supervisor and its workers say to each other. Plain data over the IPC channel, but for the handles.

import type { ListenAddress } from '@myfy/core'
import type { Problem } from './problem.ts'

/** How the worker loads the application. */
export interface LoadOptions {
  /** The absolute path of the entry. */
  readonly entry: string
  /** The export that holds the application. Default: `app`, `application` or `default`. */
  readonly exportName?: string | undefined
  /** The arguments of the application: `process.argv` from index 2 on. */
  readonly args?: readonly string[] | undefined
  /** How long code may run without a pause at import, in ms; 0 is forever. */
  readonly importTimeout: number
  /** Where the debugger is to listen: `true`, a port, or `host:port`. */
  readonly inspect?: string | undefined
}

/** From the supervisor to a worker. */
export type SupervisorMessage =
  /** Get ready to load: dependencies, and the good version of the application's own files. */
  | {
      readonly type: 'prepare'
      readonly files: ReadonlyArray<readonly [string, string]>
      readonly externals: readonly string[]
    }
  /** Load the first application of this process; the files named are to be read afresh. */
  | {
      readonly type: 'boot'
      readonly attempt: number
      readonly load: LoadOptions
      readonly changed: readonly string[]
    }
  /** Replace the application by one with these files read afresh. */
  | {
      readonly type: 'swap'
      readonly attempt: number
      readonly changed: readonly string[]
      /** Whether files came or went, so that imports may lead elsewhere. */
      readonly paths: boolean
    }
  /** There is no application: show why to whoever asks at this address. */
  | {
      readonly type: 'page'
      readonly problem: Problem
      readonly address: ListenAddress
      readonly load: LoadOptions
    }
  /** The answer to `acquire`; a handle comes with it, or the path of a local socket. */
  | {
      readonly type: 'bound'
      readonly id: number
      readonly path?: string
      readonly error?: { readonly message: string; readonly code?: string; readonly port?: number }
    }
  /** Stop gracefully and end. */
  | { readonly type: 'stop'; readonly reason: string }
  /** Are you there? */
  | { readonly type: 'ping' }

/** What an application is made of. */
export interface ApplicationFiles {
  /** Its own files. */
  readonly files: readonly string[]
  /** The tsconfig files that count for them. */
  readonly configs: readonly string[]
  /** What Node loads for it. */
  readonly externals: readonly string[]
}

/** From a worker to the supervisor. */
export type WorkerMessage =
  | { readonly type: 'online' }
  | { readonly type: 'prepared' }
  /** These files were read: with what content, and its hash. */
  | {
      readonly type: 'loaded'
      readonly files: ReadonlyArray<{ readonly file: string; readonly hash: string; readonly source: string }>
    }
  /** The next application serves. */
  | {
      readonly type: 'ready'
      /** Which order this answers: a newer one may be on its way. */
      readonly attempt: number
      /** What it is made of; left out if that is the same as before. */
      readonly applicationFiles?: ApplicationFiles
      readonly urls: readonly string[]
      /** Whether a module of it must not overlap with its successor in another process. */
      readonly exclusive: boolean
      readonly heap: number
    }
  /** It does not; the former one, if there is one, goes on. */
  | {
      readonly type: 'failed'
      /** Which order this answers; of an accident, the last one. */
      readonly attempt: number
      readonly problem: Problem
      /** What an import did not find, without its extension. */
      readonly missing?: string | undefined
    }
  /** It was told to stop, and accepts no connection any more. */
  | { readonly type: 'released' }
  /** A replaced application has stopped. */
  | { readonly type: 'replaced'; readonly code: number }
  /** The application ended by itself, or because of a fatal error. */
  | { readonly type: 'ended'; readonly code: number; readonly problem?: Problem | undefined }
  /** A transport wants to listen there. */
  | { readonly type: 'acquire'; readonly id: number; readonly address: ListenAddress }
  | { readonly type: 'pong' }

// The messages between the supervisor and its workers: plain data over the IPC channel, beside it listening handles.

import type { ListenAddress } from '@myfy/core'
import type { Problem } from './problem.ts'
import type { OwnActivity } from './watch/own-writes.ts'
import type { ConfigFiles } from './watch/watched-config.ts'

/** The application to load, with options. */
export interface LoadOptions {
  /** The absolute path of the entry. */
  readonly entry: string
  /** The export that holds the application. Default: `app`, `application` or `default`. */
  readonly exportName?: string | undefined
  /** The lifecycle events that the application logs. Default: `all`. */
  readonly lifecycleLog?: 'all' | 'problems' | undefined
  /** The time that modules may run without a pause at import, in ms; 0 sets no limit. */
  readonly importTimeout: number
  /** The address of the debugger: a port, or `host:port`. */
  readonly inspect?: string | undefined
  /** The tsconfig file for all sources. Default: the nearest one of each directory. */
  readonly tsconfig?: string | undefined
}

/** A message from the supervisor to a worker. */
export type SupervisorMessage =
  /** Take these arguments and variables: the process was forked before they were known. Null removes a variable. */
  | {
      readonly type: 'adopt'
      readonly env: Readonly<Record<string, string | null>>
      readonly args: readonly string[]
    }
  /** Load dependencies, and compile the last good version of the application's own files. */
  | {
      readonly type: 'prepare'
      readonly files: ReadonlyArray<readonly [string, string]>
      readonly externals: readonly string[]
      readonly tsconfig: string | undefined
      /** Set if a debugger needs the source maps in the scripts. */
      readonly inlineMaps: boolean
    }
  /** Load the first application of this process. The changed files are read from disk. */
  | {
      readonly type: 'boot'
      readonly attempt: number
      readonly load: LoadOptions
      readonly changed: readonly string[]
    }
  /** Replace the application. The changed files are read from disk. */
  | {
      readonly type: 'swap'
      readonly attempt: number
      readonly changed: readonly string[]
      /** Set if files were created or removed, so that imports may resolve differently. */
      readonly pathsChanged: boolean
    }
  /** Show the error page at this address until an application serves. */
  | {
      readonly type: 'page'
      readonly problem: Problem
      readonly address: ListenAddress
      readonly load: LoadOptions
    }
  /** The answer to `acquire`, with a handle or the path of a local socket. */
  | {
      readonly type: 'bound'
      readonly id: number
      readonly path?: string
      readonly error?: { readonly message: string; readonly code?: string; readonly port?: number }
    }
  /** Stop accepting on this handle: another process listens on its port at another address. */
  | { readonly type: 'close'; readonly id: number }
  /** Open the debugger's port, or close it for another process. */
  | { readonly type: 'inspect'; readonly open: boolean }
  /** Stop gracefully and exit. */
  | {
      readonly type: 'stop'
      readonly reason: string
      /** True if no other process holds its sockets any more. */
      readonly alone: boolean
    }
  /** Answer with `pong`. */
  | { readonly type: 'ping' }

/** The files that an application consists of. */
export interface ApplicationFiles extends ConfigFiles {
  /** Its own modules. */
  readonly files: readonly string[]
  /** The URLs of the modules that Node loads. */
  readonly externals: readonly string[]
}

/** A file that a worker has read. */
export interface ReadFile {
  readonly file: string
  readonly hash: string
  readonly source: string
  /** True if the application that serves consists of this content; false if a load that failed or was cancelled has read it. */
  readonly serves: boolean
}

/** A message from a worker to the supervisor. */
export type WorkerMessage =
  | { readonly type: 'online' }
  | { readonly type: 'prepared' }
  /** The worker has received `boot` or `swap`. Without it the running application blocks the event loop. */
  | { readonly type: 'accepted'; readonly attempt: number }
  /** These files were read for the first time. What is evaluated now may never return to the event loop. */
  | { readonly type: 'reading'; readonly files: ReadonlyArray<Pick<ReadFile, 'file' | 'hash'>> }
  /** These files were read. */
  | { readonly type: 'loaded'; readonly files: readonly ReadFile[] }
  /** The application writes a file, or starts a child that may. */
  | { readonly type: 'activity'; readonly activity: OwnActivity }
  /** The application cannot be replaced in this process, because something outside of its modules keeps a part of it. */
  | { readonly type: 'irreplaceable'; readonly attempt: number }
  /** The first application of the process begins to start. From now on it may have something to finish. */
  | { readonly type: 'starting' }
  /** The next application serves. */
  | {
      readonly type: 'ready'
      readonly attempt: number
      /** The files that were read and not reported yet. */
      readonly loaded: readonly ReadFile[]
      /** Left out if unchanged. */
      readonly applicationFiles?: ApplicationFiles
      readonly urls: readonly string[]
      /** Set if it has a module that must not run beside its successor. */
      readonly exclusive: boolean
      /** The used heap, in bytes. */
      readonly heap: number
    }
  /** The next application does not serve. The running one, if any, is unchanged. */
  | {
      readonly type: 'failed'
      /** The last attempt, for a fatal error outside of any attempt. */
      readonly attempt: number
      readonly problem: Problem
      /** The paths, without extensions, at which an import looked for its file. */
      readonly missing: readonly string[]
      readonly configFiles: ConfigFiles
    }
  /** After `stop`: the worker accepts no more connections. */
  | { readonly type: 'released' }
  /** The replaced application has stopped. */
  | { readonly type: 'replaced'; readonly code: number }
  /** An application that served has a fatal error, because of which it stops; `replaced`: another one serves. */
  | { readonly type: 'failing'; readonly problem: Problem; readonly replaced: boolean }
  /** The application stopped by itself, or because of a fatal error. */
  | { readonly type: 'ended'; readonly code: number; readonly problem?: Problem | undefined }
  /** A transport asks for a listening handle; named if this is its first request. `page`: the error page asks. */
  | {
      readonly type: 'acquire'
      readonly id: number
      readonly address: ListenAddress
      readonly transport?: string
      readonly page?: true
    }
  /** The handle of this `acquire` is closed. */
  | { readonly type: 'closed'; readonly id: number }
  | { readonly type: 'pong' }

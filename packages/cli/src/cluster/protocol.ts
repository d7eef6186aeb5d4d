// The messages between the primary process of `myfy start --workers` and its workers.

import type { Address } from './address.ts'

/** The only argument of a worker process, as JSON. */
export interface WorkerArguments {
  readonly file: string
  readonly exportName?: string
  readonly cwd: string
  readonly address: Address
  /** The modules that accept work; absent for all. */
  readonly only?: readonly string[] | undefined
  /** The arguments of the application: `process.argv` from the third on. */
  readonly args: readonly string[]
}

/** The address that a server in a worker listens on, as `node:net` hands it to `node:cluster`. */
export interface ListenRequest {
  readonly address: string | null
  readonly port: number
  readonly addressType: number | string
  readonly flags?: number
  readonly backlog?: number
  /** The number of earlier servers of this worker with the same address: two servers on port 0 get two ports. */
  readonly index: number
}

/** The value of one name in one worker, or the reason why it could not be read. */
export type WorkerValue = { readonly value: unknown } | { readonly failure: string }

/** The values of one name in all workers, or the first worker that sent none. */
export type Collected =
  | { readonly values: readonly unknown[] }
  | { readonly slot: number; readonly failure?: string }

/** A message from the primary to a worker. */
export type PrimaryMessage =
  /** Deliver this signal to the application. */
  | { readonly type: 'myfy.signal'; readonly signal: NodeJS.Signals }
  /** Stop gracefully, for another reason than a signal. */
  | { readonly type: 'myfy.stop'; readonly reason: string }
  /** Answer with `myfy.pong`. */
  | { readonly type: 'myfy.ping' }
  /** The answer to `myfy.listen`: the bound address, or the number of the system error. */
  | { readonly type: 'myfy.bound'; readonly id: number; readonly key: string; readonly sockname?: object }
  | { readonly type: 'myfy.bound'; readonly id: number; readonly errno: number }
  /** The answer to `myfy.unlisten`: no connection follows. */
  | { readonly type: 'myfy.emptied'; readonly key: string }
  /** Answer with `myfy.value`: the value of that name in this worker. */
  | { readonly type: 'myfy.read'; readonly id: number; readonly name: string }
  /** The answer to `myfy.collect`. */
  | ({ readonly type: 'myfy.collected'; readonly id: number } & Collected)
  /** A new connection; its handle comes with the message. */
  | { readonly type: 'myfy.connection'; readonly key: string; readonly sequence: number }

/** A message from a worker to the primary. */
export type WorkerMessage =
  /** The code is loaded: signals are understood from now on. `stopLimit` is that of `myfy.ready`. */
  | { readonly type: 'myfy.loaded'; readonly stopLimit: number }
  | {
      readonly type: 'myfy.ready'
      readonly urls: readonly string[]
      /** The time after which a stop is cut, in ms. */
      readonly stopLimit: number
      /** The names of the modules that allow only one process. */
      readonly exclusive: readonly string[]
      /** True if a debugger can pause the process. */
      readonly inspected: boolean
    }
  | { readonly type: 'myfy.pong' }
  /** Collect the value of that name from every worker; answered with `myfy.collected`. */
  | { readonly type: 'myfy.collect'; readonly id: number; readonly name: string }
  /** The answer to `myfy.read`. */
  | ({ readonly type: 'myfy.value'; readonly id: number } & WorkerValue)
  /** The process itself received this signal. */
  | { readonly type: 'myfy.signaled'; readonly signal: NodeJS.Signals }
  | ({ readonly type: 'myfy.listen'; readonly id: number } & ListenRequest)
  /** A server is about to be closed: it still takes the connections that were accepted until now. */
  | { readonly type: 'myfy.unlisten'; readonly key: string }
  /** The answer to `myfy.connection`. What is not accepted goes to another worker. */
  | { readonly type: 'myfy.accepted'; readonly sequence: number; readonly accepted: boolean }

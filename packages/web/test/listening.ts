// An application that listens in this process, without the signals of a run; it stops with the test.

import { Application, type Logger, type Module } from '@myfy/core'
import { HTTPTransport, type HTTPTransportOptions, WebModule, type WebModuleOptions } from '@myfy/web'
import { onTestFinished } from 'vitest'

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

export interface ListeningOptions {
  readonly transport?: HTTPTransportOptions
  readonly web?: WebModuleOptions
  readonly modules?: readonly Module[]
  readonly logger?: Logger
  /** Whether the caller stops it. Default: it stops with the test. */
  readonly manual?: boolean
}

export async function listening({
  transport: options,
  web,
  modules = [],
  logger = silent,
  manual = false,
}: ListeningOptions = {}) {
  const transport = new HTTPTransport({
    port: 0,
    host: '127.0.0.1',
    ...options,
    limits: { idleTimeoutOnDrain: 0, ...options?.limits },
  })
  const app: Application = new Application({ logger, modules })
  app.addModule(new WebModule({ ...web, transport }))
  await app.startModules()
  const { signal } = new AbortController()
  await transport.listen({ app, signal, logger })
  let drained: Promise<void> | undefined
  const drain = () => {
    drained ??= transport.drain({ signal, remaining: () => 1_000, inFlight: () => app.inFlight.list() })
    return drained
  }
  const stop = async () => {
    await drain()
    transport.close()
    await app.stopModules()
  }
  if (!manual) onTestFinished(stop)
  return { app, transport, drain, stop, url: transport.url!, port: transport.port! }
}

export function deferred<T = void>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

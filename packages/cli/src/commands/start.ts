// `myfy start`: production. One process that is the application, or a primary with N of them.

import type { InheritedListener } from '@myfy/core'
import { findEntry } from '../entry/find-entry.ts'
import { loadApplication } from '../entry/load-application.ts'
import { UsageError } from '../errors.ts'
import type { CliContext, CommandResult } from '../terminal/context.ts'
import { parseTime } from '../terminal/duration.ts'

/** Options of `start`; those of `run` begin with the same. */
export interface ServeOptions {
  readonly host?: string
  readonly port?: string
  readonly profile?: string
  readonly logLevel?: string
}

/** Options of `start`. */
export interface StartOptions extends ServeOptions {
  readonly workers?: string
  readonly grace?: string
  readonly logFormat?: string
}

/** Runs the application until it is stopped. */
export async function start(
  context: CliContext,
  wanted: string | undefined,
  options: StartOptions,
): Promise<CommandResult> {
  const { env, cwd, terminal } = context
  env.NODE_ENV ??= 'production'
  // People who try it on a terminal want to read it; everything else is read by machines.
  env.LOG_FORMAT = options.logFormat ?? env.LOG_FORMAT ?? (terminal.interactive ? 'text' : 'json')
  if (options.grace !== undefined) env.MYFY_GRACE_PERIOD = gracePeriod(options.grace)
  const address = applyOptions(context, options)
  const workers = workerCount(options.workers)
  const entry = findEntry({ cwd, requested: wanted, env })
  if (workers !== undefined) {
    const { runPrimary: lead } = await import('../cluster/primary.ts')
    return { exitCode: await lead(context, { entry, workers, address }), exitNow: true }
  }
  const { app, options: own, settle } = await loadApplication(entry, cwd)
  const code = await app.runUnsupervised({
    ...own,
    reload: false,
    inherited: own.inherited ?? overrideAddress(address),
  })
  settle(code)
  return { exitCode: code, exitNow: false }
}

/** Where transports listen instead of where the application says. */
export interface Address {
  readonly host?: string
  readonly port?: number
}

/** Puts options into the environment, where the application looks for them. @throws UsageError */
export function applyOptions({ env }: CliContext, options: ServeOptions): Address {
  if (options.profile !== undefined) env.MYFY_PROFILE = options.profile
  if (options.logLevel !== undefined) {
    const levels = ['debug', 'info', 'warn', 'error', 'silent']
    if (!levels.includes(options.logLevel))
      throw new UsageError(`--log-level takes one of ${levels.join(', ')}, not '${options.logLevel}'`)
    env.LOG_LEVEL = options.logLevel
  }
  const port = options.port === undefined ? undefined : Number(options.port)
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new UsageError(`--port takes a number from 0 (any free port) to 65535, not '${options.port}'`)
  }
  // For settings that read them; the transport itself is told below.
  if (port !== undefined) env.PORT = String(port)
  if (options.host !== undefined) env.HOST = options.host
  return { host: options.host, port }
}

/**
 * Sends the first transport that wants a TCP port to another address: it asks whoever supervises it where to listen,
 * and is told. Undefined if nothing is to be changed.
 */
export function overrideAddress({ host, port }: Address): InheritedListener | undefined {
  if (host === undefined && port === undefined) return undefined
  let told = false
  return {
    kind: 'myfy.listener',
    async acquire(wanted) {
      if (told || 'path' in wanted) return wanted
      told = true
      return { host: host ?? wanted.host, port: port ?? wanted.port }
    },
  }
}

function workerCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const n = Number(text)
  if (Number.isInteger(n) && n >= 1 && n <= 1024) return n
  throw new UsageError(`--workers takes a number from 1 to 1024, not '${text}'`)
}

function gracePeriod(text: string): string {
  const ms = parseTime(text)
  if (ms !== undefined) return `${ms}ms`
  throw new UsageError(`--grace takes a duration such as 30s, 500ms or 2m, not '${text}'`)
}

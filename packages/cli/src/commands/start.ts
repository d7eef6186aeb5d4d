// `myfy start`: production. One process that is the application, or a primary with N workers.

import { DURATION_FORM, parseDuration } from '@myfy/core/runtime'
import { overrideAddress } from '../cluster/address.ts'
import { findEntry } from '../entry/find-entry.ts'
import { loadApplication } from '../entry/load-application.ts'
import { UsageError } from '../errors.ts'
import type { CliContext, CommandResult } from '../terminal/context.ts'
import { releaseEarlySignals } from '../terminal/early-signals.ts'
import { applyServeOptions, type ServeOptions } from './serve-options.ts'

/** Options of `start`. */
export interface StartOptions extends ServeOptions {
  readonly workers?: string
  readonly grace?: string
  readonly workerTimeout?: string
  readonly startTimeout?: string
  readonly logFormat?: string
  readonly only?: readonly string[]
}

/** Runs the application until it is stopped. */
export async function start(
  context: CliContext,
  requested: string | undefined,
  options: StartOptions,
): Promise<CommandResult> {
  const { env, cwd, terminal, args } = context
  env.NODE_ENV ??= 'production'
  // On a terminal a person reads; everything else is read by programs.
  env.LOG_FORMAT = options.logFormat ?? (env.LOG_FORMAT || (terminal.interactive ? 'text' : 'json'))
  if (options.grace !== undefined) {
    durationOf('--grace', options.grace)
    env.MYFY_GRACE_PERIOD = options.grace
  }
  const address = applyServeOptions(context, options)
  const workers = workerCount(options.workers)
  const startTimeout = durationOf('--start-timeout', options.startTimeout ?? '60s')
  const workerTimeout = durationOf('--worker-timeout', options.workerTimeout ?? '10s')
  const entry = findEntry({ cwd, requested, env })
  if (workers !== undefined) {
    const { runPrimary } = await import('../cluster/primary.ts')
    const primaryOptions = {
      entry,
      workers,
      address,
      args,
      startTimeout,
      workerTimeout,
      only: options.only,
    }
    return { exitCode: await runPrimary(context, primaryOptions), exitNow: true, serves: true }
  }
  const { app, options: own, settle } = await loadApplication(entry, { cwd, args })
  terminal.protect(app)
  releaseEarlySignals()
  const inherited = own.inherited ?? overrideAddress(address)
  const exitCode = await app.runUnsupervised({
    ...own,
    reload: false,
    inherited,
    only: options.only ?? own.only,
  })
  settle(exitCode)
  return { exitCode, exitNow: false, serves: true }
}

function workerCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const n = Number(text)
  if (Number.isInteger(n) && n >= 1 && n <= 1024) return n
  throw new UsageError(
    `Cannot use --workers ${text}: it is not a number of workers. Use a number from 1 to 1024.`,
  )
}

/** Returns the milliseconds of an option. @throws UsageError */
export function durationOf(option: string, text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new UsageError(`Cannot use ${option} ${text}: it is not a duration. Write it as ${DURATION_FORM}.`)
}

// Periodic work that one process of a cluster does at a time.

import { setTimeout as wait } from 'node:timers/promises'
import type { Duration, StartContext } from '@myfy/core'
import { assertKnownOptions, durationOption } from '@myfy/core/runtime'
import { Database } from '../engine/database.ts'
import { isUnavailable } from '../engine/database-errors.ts'
import { LeaseLostError } from '../errors.ts'
import { Lease } from './lease.ts'

/** One turn of periodic work. */
export interface ClusterTurn {
  /** Aborts when the application must stop, or when another process has taken over. */
  readonly signal: AbortSignal
  /** The lease. `lease.fence(session)` makes the writes of a transaction valid only while no other process took over. */
  readonly lease: Lease
}

/** Options of {@link everyInCluster}. */
export interface ClusterOptions {
  /** The time after which another process takes over from one that is gone or suspended. Default: 10 s. */
  readonly lease?: Duration
}

/** The longest time between two attempts to take a lease, in ms. A release wakes the waiting processes at once. */
const POLL_MS = 1_000

/**
 * Runs `work` at an interval in one process of the cluster, never twice at once. The process holds a lease, which passes to
 * another one at once when it drains, and after `lease` when it is gone. A failure is logged, and the next turn follows.
 *
 * @example
 * ```ts
 * import { defineModule } from '@myfy/core'
 * import { DataModule, everyInCluster, Session } from '@myfy/data'
 *
 * export const rollups = defineModule({
 *   name: 'rollups',
 *   requires: [DataModule],
 *   start: (context) =>
 *     everyInCluster(context, '1m', 'roll up', ({ lease }) =>
 *       context.app.work('task', { inject: { session: Session } }, async ({ session }) => {
 *         await lease.fence(session)
 *         await session.execute('insert into rollups default values')
 *       }),
 *     ),
 * })
 * ```
 */
export function everyInCluster(
  { app, logger, spawn }: StartContext,
  interval: Duration,
  name: string,
  work: (turn: ClusterTurn) => unknown,
  options: ClusterOptions = {},
): void {
  assertKnownOptions<ClusterOptions>(`everyInCluster('${name}')`, options, { lease: true })
  const pause = durationOption(`the interval of '${name}'`, interval, { least: 1 })
  const ttl = durationOption(`the lease of '${name}'`, options.lease ?? 10_000, { least: 100 })
  const database = app.container.get(Database)
  const leaseName = `every ${name}`

  const take = async (ending: AbortSignal): Promise<Lease | undefined> => {
    while (!ending.aborted) {
      const woken = database.nextNotification(`lease ${leaseName}`, Math.min(POLL_MS, ttl), ending)
      const lease = await Lease.acquire(database, leaseName, ttl).catch((error) => {
        if (isUnavailable(error)) return undefined
        throw error
      })
      if (lease) return lease
      await woken
    }
    return undefined
  }

  /** Runs turns until the drain. @throws LeaseLostError when another process has taken over */
  const hold = async (lease: Lease, ending: AbortSignal): Promise<void> => {
    const lost = new AbortController()
    const renew = () =>
      lease.renew(database).catch((error) => {
        if (error instanceof LeaseLostError) lost.abort(error)
      })
    const renewing = setInterval(renew, ttl / 3)
    try {
      while (!ending.aborted) {
        await wait(pause, undefined, { signal: AbortSignal.any([ending, lost.signal]) }).catch(() => {})
        if (ending.aborted) return
        // A process that was suspended notices here that it is not the holder any more.
        await lease.renew(database)
        try {
          await work({ signal: lost.signal, lease })
        } catch (error) {
          if (error instanceof LeaseLostError) throw error
          logger.error({ err: error, task: name }, `'${name}' failed`)
        }
      }
    } finally {
      clearInterval(renewing)
    }
  }

  const run = async (ending: AbortSignal): Promise<void> => {
    for (let lease = await take(ending); lease; lease = await take(ending)) {
      try {
        await hold(lease, ending)
      } catch (error) {
        if (!(error instanceof LeaseLostError)) throw error
        logger.warn({ task: name, token: String(lease.token) }, `another process has taken over '${name}'`)
      } finally {
        await lease.release(database).catch(() => {})
      }
    }
  }
  spawn(name, run, { until: 'drain', onError: 'restart', maxRetryDelay: 1_000 })
}

// The limits on what clients may do with a connection, and that of the system on their number.

import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'

import type { Duration } from '@myfy/core'
import type { OptionNames } from '@myfy/core/runtime'
import { timeOf } from '../routing/assert-options.ts'

/** The limits on connections. Sizes are in bytes, and times durations such as `'30s'`. They apply to each client. */
export interface ConnectionLimits {
  /** The time for the head of a request, from the start of the connection or the end of the last answer. Default: 10 s. */
  readonly headersTimeout?: Duration
  /**
   * The time in which a body must make progress: in each such span at least `minBodyRate` bytes per second must arrive
   * while the application reads it. A steady upload may take as long as it needs. Default: 60 s; 0 for no limit.
   */
  readonly requestTimeout?: Duration
  /** The lowest rate of a body, in bytes per second. Default: 500. */
  readonly minBodyRate?: number
  /** The time in which a client must read some of the bytes that wait for it. Default: 30 s; 0 for no limit. */
  readonly writeTimeout?: Duration
  /** The time that an idle connection is kept. Default: 5 s. Behind a load balancer: longer than its idle timeout. */
  readonly keepAliveTimeout?: Duration
  /** The size of all headers of a request. Default: 16 KiB. */
  readonly maxHeaderSize?: number
  /** The number of connections; further ones are closed at once. Default: no limit. */
  readonly maxConnections?: number
  /** The number of requests that an HTTP/2 connection may have open. Default: 100. */
  readonly maxConcurrentStreams?: number
  /** The size of one WebSocket message. Default: 1 MiB. */
  readonly maxMessageSize?: number
  /**
   * The interval in which WebSocket clients receive a ping. A client that sends nothing in it, not even the answer to the
   * ping, is cut at its end. Default: 30 s; 0 for none.
   */
  readonly pingInterval?: Duration
  /** The bytes that may wait for a WebSocket client that does not read; with more its connection is cut. Default: 16 MiB. */
  readonly maxBuffered?: number
  /** The shortest time that a drain waits for an idle connection to send once more. Default: 1 s. */
  readonly idleTimeoutOnDrain?: Duration
}

export const limitNames: OptionNames<ConnectionLimits> = {
  headersTimeout: true,
  requestTimeout: true,
  minBodyRate: true,
  writeTimeout: true,
  keepAliveTimeout: true,
  maxHeaderSize: true,
  maxConnections: true,
  maxConcurrentStreams: true,
  maxMessageSize: true,
  pingInterval: true,
  maxBuffered: true,
  idleTimeoutOnDrain: true,
}

/** Limits with their defaults. */
export interface ResolvedLimits
  extends Readonly<Record<Exclude<keyof ConnectionLimits, 'maxConnections'>, number>> {
  readonly maxConnections: number | undefined
  /** The interval in which connections are checked, in ms. */
  readonly checkInterval: number
}

/** Fills in the defaults. @throws OptionError for a value that is not a duration */
export function resolveLimits(limits: ConnectionLimits): ResolvedLimits {
  const time = (name: keyof ConnectionLimits, otherwise: number) =>
    timeOf('limits', name, limits[name]) ?? otherwise
  const headersTimeout = time('headersTimeout', 10_000)
  const requestTimeout = time('requestTimeout', 60_000)
  const writeTimeout = time('writeTimeout', 30_000)
  const shortest = Math.min(...[headersTimeout, requestTimeout, writeTimeout].filter((ms) => ms > 0))
  return {
    headersTimeout,
    requestTimeout,
    minBodyRate: limits.minBodyRate ?? 500,
    writeTimeout,
    keepAliveTimeout: time('keepAliveTimeout', 5_000),
    maxHeaderSize: limits.maxHeaderSize ?? 16_384,
    maxConnections: limits.maxConnections,
    maxConcurrentStreams: limits.maxConcurrentStreams ?? 100,
    maxMessageSize: limits.maxMessageSize ?? 1_048_576,
    pingInterval: time('pingInterval', 30_000),
    maxBuffered: limits.maxBuffered ?? 16 * 1_048_576,
    idleTimeoutOnDrain: time('idleTimeoutOnDrain', 1_000),
    checkInterval: Math.min(1_000, Math.max(50, shortest / 4)),
  }
}

/** Reports whether the process can open a further file or connection. */
export function hasFreeDescriptor(): boolean {
  try {
    closeSync(openSync(devNull, 'r'))
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code !== 'EMFILE' && code !== 'ENFILE'
  }
}

// The limits on what clients may do with a connection, and that of the system on their number.

import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'

import type { OptionNames } from '@myfy/core/runtime'

/** The limits on connections, in ms and bytes. They apply to each client. */
export interface ConnectionLimits {
  /** The time for the head of a request, from the start of the connection or the end of the last answer. Default: 10,000. */
  readonly headersTimeout?: number
  /**
   * The time in which a body must make progress: in each such span at least `minBodyRate` bytes per second must arrive
   * while the application reads it. A steady upload may take as long as it needs. Default: 60,000; 0 for no limit.
   */
  readonly requestTimeout?: number
  /** The lowest rate of a body, in bytes per second. Default: 500. */
  readonly minBodyRate?: number
  /** The time in which a client must read some of the bytes that wait for it. Default: 30,000; 0 for no limit. */
  readonly writeTimeout?: number
  /** The time that an idle connection is kept. Default: 5,000. Behind a load balancer: longer than its idle timeout. */
  readonly keepAliveTimeout?: number
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
   * ping, is cut at its end. Default: 30,000; 0 for none.
   */
  readonly pingInterval?: number
  /** The bytes that may wait for a WebSocket client that does not read; with more its connection is cut. Default: 16 MiB. */
  readonly maxBuffered?: number
  /** The shortest time that a drain waits for an idle connection to send once more. Default: 1,000. */
  readonly idleTimeoutOnDrain?: number
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
export interface ResolvedLimits extends Required<Omit<ConnectionLimits, 'maxConnections'>> {
  readonly maxConnections: number | undefined
  /** The interval in which connections are checked, in ms. */
  readonly checkInterval: number
}

/** Fills in the defaults. */
export function resolveLimits(limits: ConnectionLimits): ResolvedLimits {
  const { headersTimeout = 10_000, requestTimeout = 60_000, writeTimeout = 30_000 } = limits
  const shortest = Math.min(...[headersTimeout, requestTimeout, writeTimeout].filter((ms) => ms > 0))
  return {
    headersTimeout,
    requestTimeout,
    minBodyRate: limits.minBodyRate ?? 500,
    writeTimeout,
    keepAliveTimeout: limits.keepAliveTimeout ?? 5_000,
    maxHeaderSize: limits.maxHeaderSize ?? 16_384,
    maxConnections: limits.maxConnections,
    maxConcurrentStreams: limits.maxConcurrentStreams ?? 100,
    maxMessageSize: limits.maxMessageSize ?? 1_048_576,
    pingInterval: limits.pingInterval ?? 30_000,
    maxBuffered: limits.maxBuffered ?? 16 * 1_048_576,
    idleTimeoutOnDrain: limits.idleTimeoutOnDrain ?? 1_000,
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

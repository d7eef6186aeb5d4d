// The connections to Redis: one that fails quickly, for senders, and one that waits for the server, for workers.

import type { Logger } from '@myfy/core'
import { clauseOf, messageOf, unpunctuated } from '@myfy/core/runtime'
import { Redis } from 'ioredis'
import { TaskEngineError } from '../errors.ts'

/** The time after which a command has failed, in ms. */
const COMMAND_MS = 5_000
/** The longest pause between attempts to connect again, in ms. */
const RECONNECT_MS = 1_000

/** The connections of one application. */
export class RedisConnections {
  /** For commands that a request or a check waits for. */
  readonly quick: Redis
  /** The name of the server for logs, without a password. */
  readonly label: string
  readonly #url: URL
  readonly #logger: Logger
  readonly #open: Redis[] = []
  #lastError: string | undefined

  private constructor(url: URL, logger: Logger) {
    this.#url = url
    this.#logger = logger
    this.label = url.host
    this.quick = this.#connect({ maxRetriesPerRequest: 1, commandTimeout: COMMAND_MS })
  }

  /** Connects. @throws TaskEngineError if the server is unreachable, or may drop jobs when its memory is full */
  static async open(url: URL, logger: Logger): Promise<RedisConnections> {
    const connections = new RedisConnections(url, logger)
    try {
      await connections.quick.ping()
      await connections.#assertKeepsJobs()
      return connections
    } catch (error) {
      connections.close()
      if (error instanceof TaskEngineError) throw error
      throw new TaskEngineError(
        'MYFY_TASKS_START',
        `Cannot start the engine of tasks: Redis at ${connections.label} does not answer: ${clauseOf(error)}. Check that the server runs and that its URL is correct.`,
        { cause: error },
      )
    }
  }

  /** Opens a connection whose commands wait until the server is reachable again. */
  patient(): Redis {
    return this.#connect({ maxRetriesPerRequest: null })
  }

  /** Closes all connections at once: nothing that is sent waits for them. */
  close(): void {
    for (const connection of this.#open) connection.disconnect()
  }

  #connect(options: { maxRetriesPerRequest: number | null; commandTimeout?: number }): Redis {
    const connection = new Redis(this.#url.href, {
      ...options,
      retryStrategy: (times) => Math.min(times * 50, RECONNECT_MS),
    })
    connection.on('error', (error: Error) => this.report(error))
    connection.on('ready', () => {
      this.#lastError = undefined
    })
    this.#open.push(connection)
    return connection
  }

  /** Logs an error of a connection, once for each message. */
  report(error: unknown): void {
    const message = messageOf(error) || String((error as { code?: string }).code)
    if (message !== this.#lastError)
      this.#logger.warn({ error: message }, `Redis at ${this.label} is unreachable: ${message}`)
    this.#lastError = message
  }

  async #assertKeepsJobs(): Promise<void> {
    const info = await this.quick.info('memory')
    const [, policy = 'noeviction'] = /^maxmemory_policy:(\S+)/m.exec(info) ?? []
    const [, limit = '0'] = /^maxmemory:(\d+)/m.exec(info) ?? []
    if (policy === 'noeviction') return
    if (limit !== '0')
      throw new TaskEngineError(
        'MYFY_TASKS_START',
        `Cannot keep jobs in Redis at ${this.label}: it deletes keys when its memory is full (maxmemory-policy ${policy}), and jobs with them. Set maxmemory-policy noeviction, or use another server.`,
      )
    this.#logger.warn(
      { policy },
      `Redis at ${this.label} would delete jobs if its memory were limited: set maxmemory-policy noeviction`,
    )
  }
}

/** Returns an error of a command that says what to do if the server is unreachable; else the error itself. */
export function explained(error: unknown, label: string): unknown {
  const {
    name = '',
    code = '',
    message = '',
  } = (error ?? {}) as { name?: string; code?: string; message?: string }
  const isAway =
    name === 'MaxRetriesPerRequestError' ||
    /^E[A-Z]{4}/.test(String(code)) ||
    /Connection is closed|Command timed out|LOADING|READONLY|OOM command/.test(message)
  if (!isAway) return error
  return new TaskEngineError(
    'MYFY_TASKS_UNAVAILABLE',
    `Cannot reach the jobs in Redis at ${label}: ${unpunctuated(message)}. Send again when the server is reachable.`,
    { cause: error },
  )
}

// The access log: one line for each request, written when its answer has ended.

import { type Logger, OptionError } from '@myfy/core'
import { formatDuration } from '@myfy/core/runtime'
import type { Exchange, ExchangeObserver } from '../request/exchange.ts'

/** Options of the access log. */
export interface AccessLogOptions {
  /** The share of requests that have a line, 0 to 1. A request that failed or was cut always has one. Default: 1. */
  readonly sample?: number
}

/** The fields of a line. */
interface AccessFields {
  readonly id: string
  readonly method?: string
  readonly route?: string
  readonly status?: number
  readonly ms?: number
  readonly bytes?: number
  /** True if the client has not received the whole answer. */
  readonly incomplete?: true
}

/** The fields of a request that was refused before a route could be found. */
export interface RefusedFields {
  readonly id: string
  /** Undefined if the request line cannot be read. */
  readonly method: string | undefined
  readonly status: number
  /** The time since the request was found to be invalid: it waits for the answers before its own. */
  readonly ms: number
  readonly bytes: number
}

/** AccessLog writes one line for each request. */
export class AccessLog implements ExchangeObserver {
  readonly #logger: Logger
  readonly #sample: number
  /** Grows by the share; a line is written at each whole number, which makes the share exact. */
  #due = 0

  constructor(logger: Logger, { sample = 1 }: AccessLogOptions) {
    if (typeof sample !== 'number' || !(sample >= 0 && sample <= 1))
      throw new OptionError(
        'MYFY_OPTION_INVALID',
        `Cannot configure accessLog.sample of WebModule: ${String(sample)} is not a share. Pass a number from 0 to 1.`,
      )
    this.#logger = logger
    this.#sample = sample
  }

  /** Writes the line of an exchange. */
  ended(exchange: Exchange, complete: boolean): void {
    const { status, id, method, pattern, kind, bytes } = exchange
    const failed = !complete || status >= 500
    if (!this.#isDue() && !failed) return
    const ms = rounded(exchange.elapsed())
    const fields: AccessFields = {
      id,
      method,
      ...(pattern !== undefined && { route: pattern }),
      ...(status > 0 && { status }),
      ms,
      ...(kind !== 'websocket' && { bytes }),
      ...(!complete && { incomplete: true }),
    }
    // Not the path: it contains values from outside.
    const subject = `${method} ${pattern ?? '(no route)'}`
    const result = status > 0 ? status : 'no answer'
    this.#logger.info(fields, `${subject} ${result} (${formatDuration(ms)})${complete ? '' : ' incomplete'}`)
  }

  /** Writes the line of a request that is not valid HTTP. */
  refused({ id, method, status, ms: exact, bytes }: RefusedFields): void {
    const ms = rounded(exact)
    const fields: AccessFields = { id, ...(method !== undefined && { method }), status, ms, bytes }
    const subject = method === undefined ? '(invalid request)' : `${method} (no route)`
    this.#logger.info(fields, `${subject} ${status} (${formatDuration(ms)})`)
  }

  #isDue(): boolean {
    this.#due += this.#sample
    if (this.#due < 1) return false
    this.#due -= 1
    return true
  }
}

/** To the microsecond: more is noise. */
const rounded = (ms: number): number => Math.round(ms * 1_000) / 1_000

// The client of a scenario: repeats a request that may be repeated until it is answered, as a client in production must.

import { request as send } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Boundary } from './boundaries.ts'

/** A request of a scenario. */
export interface CrashRequest {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** The body; a value that is not a text is sent as JSON. */
  readonly body?: unknown
}

/** A response of a scenario. */
export interface CrashResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** The times of a client, in ms. */
export interface ClientLimits {
  /** The time in which a request must be answered, with all repeats. */
  readonly answer: number
  /** The time for one attempt: it may wait for a lock of a process that is stopped. */
  readonly attempt: number
}

const LIMITS: ClientLimits = { answer: 40_000, attempt: 15_000 }
/** The pause before a repeat, in ms. */
const PAUSE_MS = 50
/** The time for the rest of a response from a process that is stopped, in ms. */
const REST_MS = 100

/** A client for one run. */
export class CrashClient {
  /** The requests that were answered, with their responses. */
  readonly answered: Array<{ readonly request: CrashRequest; readonly response: CrashResponse }> = []
  /** The requests that were not answered and cannot be repeated. */
  readonly unanswered: CrashRequest[] = []
  readonly #url: () => Promise<string>
  readonly #at: (boundary: Boundary) => void | Promise<void>
  readonly #limits: ClientLimits
  #abandoning = new AbortController()
  #count = 0

  constructor(
    url: () => Promise<string>,
    at: (boundary: Boundary) => void | Promise<void>,
    limits: ClientLimits = LIMITS,
  ) {
    this.#url = url
    this.#at = at
    this.#limits = limits
  }

  /** Sends a request, and again until it is answered if it has an `Idempotency-Key` or a method that may be repeated. */
  async request(request: CrashRequest): Promise<CrashResponse | undefined> {
    const number = ++this.#count
    const response = await this.#untilAnswered(request, number)
    if (response) this.answered.push({ request, response })
    else this.unanswered.push(request)
    return response
  }

  /** Cancels the requests that a stopped process has not answered. */
  abandon(): void {
    const abandoning = this.#abandoning
    this.#abandoning = new AbortController()
    setTimeout(() => abandoning.abort(), REST_MS)
  }

  /** Sends an answered request once more, and returns its response. */
  again(request: CrashRequest): Promise<CrashResponse | undefined> {
    return this.#untilAnswered(request, undefined)
  }

  async #untilAnswered(
    request: CrashRequest,
    number: number | undefined,
  ): Promise<CrashResponse | undefined> {
    const limit = performance.now() + this.#limits.answer
    for (;;) {
      const response = await this.#send(request, number).catch(() => undefined)
      if (response && !(isRepeatable(request) && isTemporary(response.status))) return response
      if (!isRepeatable(request) || performance.now() > limit) return response
      await wait(PAUSE_MS)
    }
  }

  async #send(
    { method, path, headers, body }: CrashRequest,
    number: number | undefined,
  ): Promise<CrashResponse> {
    const url = new URL(path, await this.#url())
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const at = async (moment: string) => {
      const label = `request ${number} ${moment}`
      if (number !== undefined) await this.#at({ name: label, label })
    }
    const { signal } = this.#abandoning
    return new Promise((resolve, reject) => {
      const sent = send(url, {
        method,
        agent: false,
        signal,
        headers: { ...(typeof body === 'object' && { 'content-type': 'application/json' }), ...headers },
      })
      sent.on('error', reject)
      const late = setTimeout(() => sent.destroy(), this.#limits.attempt)
      sent.on('close', () => clearTimeout(late))
      sent.on('finish', () => void at('sent'))
      sent.on('response', async (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk) => void chunks.push(chunk))
        response.on('error', reject)
        response.on('close', () => reject(response.errored))
        response.on('end', async () => {
          const text = Buffer.concat(chunks).toString()
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
          await at('last byte of the answer')
        })
        response.pause()
        await at('first byte of the answer')
        response.resume()
      })
      sent.end(text)
    })
  }
}

const isRepeatable = ({ method, headers = {} }: CrashRequest): boolean =>
  method !== 'POST' || Object.keys(headers).some((name) => name.toLowerCase() === 'idempotency-key')

/** The statuses after which a client repeats: a twin in progress, and an outage. */
const isTemporary = (status: number): boolean => status === 409 || status === 429 || status >= 500

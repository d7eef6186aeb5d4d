// The WebSocket connections of one transport.

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Pipeline } from '../../pipeline/pipeline.ts'
import type { Connection } from '../connection.ts'
import type { NodeSettings } from '../incoming-exchange.ts'
import type { AppResponse } from '../node-response.ts'
import {
  type AdapterLimits,
  boundBuffer,
  createWebSocketAdapter,
  EXCHANGE,
  type WebSocketAdapter,
} from './websocket-adapter.ts'
import { WebSocketExchange, type WebSocketOwner } from './websocket-exchange.ts'

/** The limits of a WebSocket connection. */
export interface WebSocketLimits extends AdapterLimits {
  /** The bytes that may wait for a client that does not read. */
  readonly maxBuffered: number
}

/** WebSocketConnections holds the WebSocket connections of one transport. */
export class WebSocketConnections implements WebSocketOwner {
  readonly #pipeline: Pipeline
  readonly #limits: WebSocketLimits
  readonly #open = new Set<WebSocketExchange>()
  #adapter: Promise<WebSocketAdapter> | undefined
  /** The time at which clients that were asked to close are cut, by `performance.now()`; undefined before. */
  #cutAt: number | undefined
  #idle: Array<() => void> = []

  constructor(pipeline: Pipeline, limits: WebSocketLimits) {
    this.#pipeline = pipeline
    this.#limits = limits
  }

  /** Answers a handshake. */
  accept(
    incoming: IncomingMessage,
    response: AppResponse,
    connection: Connection,
    head: Buffer,
    settings: NodeSettings,
  ): void {
    const exchange = new WebSocketExchange(incoming, response, connection, head, settings, this)
    this.#open.add(exchange)
    connection.exchangeStarted(exchange)
    this.#pipeline.handle(exchange)
  }

  /** Completes a handshake; the socket speaks WebSocket from now on. */
  async serve(exchange: WebSocketExchange): Promise<void> {
    this.#adapter ??= createWebSocketAdapter(this.#limits)
    const adapter = await this.#adapter
    boundBuffer(exchange.socket as Socket, this.#limits.maxBuffered)
    const request = Object.assign(exchange.request, { context: { [EXCHANGE]: exchange } })
    const message = Object.assign(exchange.handshake, { [EXCHANGE]: exchange })
    await adapter.handleUpgrade(message, exchange.socket, exchange.head, request as never)
    if (this.#cutAt !== undefined) exchange.closeGoingAway(this.#cutAt - performance.now())
  }

  /** Closes every connection with 1001, going away; cuts those whose clients do not answer within `patience` ms. */
  end(patience: number): void {
    this.#cutAt = performance.now() + patience
    for (const exchange of this.#open) exchange.closeGoingAway(patience)
  }

  /** Resolves when every connection has ended, or the signal aborts. */
  whenClosed(signal: AbortSignal): Promise<void> {
    if (this.#open.size === 0 || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Cuts every connection. */
  cut(reason: unknown): void {
    for (const exchange of [...this.#open]) exchange.cut(reason)
  }

  /** A connection has ended. */
  ended(exchange: WebSocketExchange): void {
    this.#open.delete(exchange)
    if (this.#open.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }
}

// A proxy between one process and the server, which sees the boundaries of statements without trusting the process.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Boundary, StatementMoment } from './boundaries.ts'
import { codeOf, MessageReader, SSL_REQUEST, sqlOf, type WireMessage } from './wire-messages.ts'

/** Decides at a boundary: resolves to continue; the connection may have been cut meanwhile. */
export type BoundaryListener = (boundary: Boundary) => void | Promise<void>

/** Names the boundaries of a statement; undefined for one that is not a part of the scenario. */
export type StatementNamer = (sql: string) => ((moment: StatementMoment) => Boundary) | undefined

/** A proxy for the connections of one process. */
export class CrashProxy {
  readonly #target: URL
  readonly #server: Server
  readonly #connections = new Set<ProxiedConnection>()
  /** Names the statements of the scenario. */
  name: StatementNamer = () => undefined
  /** Receives every boundary. */
  at: BoundaryListener = () => {}
  /** Receives the text of every statement. */
  saw: (sql: string) => void = () => {}

  constructor(target: URL) {
    this.#target = target
    this.#server = createServer((client) => {
      const upstream = connect(Number(target.port || 5432), target.hostname)
      const connection = new ProxiedConnection(client, upstream, this)
      this.#connections.add(connection)
      connection.closed.then(() => this.#connections.delete(connection))
    })
  }

  /** Listens, and returns the URL for the process. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const url = new URL(this.#target)
    url.hostname = '127.0.0.1'
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  /** Closes the connections that are open, without a farewell. New ones are accepted. */
  cut(): void {
    for (const connection of this.#connections) connection.cut()
  }

  /** True if no connection waits for an answer of the server. */
  get isIdle(): boolean {
    return [...this.#connections].every((connection) => connection.isIdle)
  }

  close(): void {
    this.cut()
    this.#server.close()
  }
}

/** A statement, from its first message to the answer of the server. */
interface Statement {
  readonly messages: Buffer[]
  sql: string | undefined
  boundary?: ((moment: StatementMoment) => Boundary) | undefined
}

class ProxiedConnection {
  readonly closed: Promise<void>
  readonly #client: Socket
  readonly #upstream: Socket
  readonly #proxy: CrashProxy
  /** The messages that the client has sent, up to the end of a statement. */
  #sending: Statement = { messages: [], sql: undefined }
  /** The statements that the server has not answered. */
  readonly #unanswered: Statement[] = []
  readonly #answer: Buffer[] = []
  #isStarted = false
  /** Messages are processed in order, also while a boundary holds one of them. */
  #fromClient: Promise<void> = Promise.resolve()
  #fromServer: Promise<void> = Promise.resolve()
  #isCut = false

  constructor(client: Socket, upstream: Socket, proxy: CrashProxy) {
    this.#client = client
    this.#upstream = upstream
    this.#proxy = proxy
    const requests = new MessageReader('client')
    const answers = new MessageReader('server')
    client.on('data', (data: Buffer) => {
      for (const message of requests.push(data))
        this.#fromClient = this.#fromClient.then(() => this.#receive(message))
    })
    upstream.on('data', (data: Buffer) => {
      for (const message of answers.push(data))
        this.#fromServer = this.#fromServer.then(() => this.#answerWith(message))
    })
    for (const socket of [client, upstream]) socket.on('error', () => {})
    client.once('close', () => upstream.destroy())
    // What the server has sent last is delivered first.
    upstream.once('close', () => void this.#fromServer.then(() => client.destroy()))
    // Not `once` of node:events, which rejects for an error.
    this.closed = new Promise((resolve) => client.once('close', () => resolve()))
  }

  get isIdle(): boolean {
    return this.#unanswered.length === 0 && this.#sending.messages.length === 0
  }

  cut(): void {
    this.#isCut = true
    this.#client.destroy()
    this.#upstream.destroy()
  }

  async #receive(message: WireMessage): Promise<void> {
    const { type, bytes } = message
    if (type === '') {
      if (codeOf(bytes) === SSL_REQUEST) this.#client.write('N')
      else this.#upstream.write(bytes)
      return
    }
    if (!this.#isStarted || type === 'X') {
      this.#upstream.write(bytes)
      return
    }
    const statement = this.#sending
    statement.messages.push(bytes)
    statement.sql ??= sqlOf(message)
    if (type !== 'Q' && type !== 'S') return
    const { sql = '' } = statement
    this.#proxy.saw(sql)
    statement.boundary = this.#proxy.name(sql)
    if (statement.boundary) await this.#proxy.at(statement.boundary('sent'))
    this.#sending = { messages: [], sql: undefined }
    if (this.#isCut) return
    this.#unanswered.push(statement)
    this.#upstream.write(Buffer.concat(statement.messages))
  }

  async #answerWith({ type, bytes }: WireMessage): Promise<void> {
    const [statement] = this.#unanswered
    if (!statement) {
      if (type === 'Z') this.#isStarted = true
      this.#client.write(bytes)
      return
    }
    this.#answer.push(bytes)
    if (type !== 'Z') return
    if (statement.boundary) await this.#proxy.at(statement.boundary('acknowledged'))
    this.#unanswered.shift()
    if (!this.#isCut) this.#client.write(Buffer.concat(this.#answer))
    this.#answer.length = 0
  }
}

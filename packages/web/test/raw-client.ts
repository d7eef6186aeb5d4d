// A client on a bare socket that checks the framing of every answer (RFC 9112 section 6) and keeps its connection.

import { connect, type Socket } from 'node:net'

export interface RawResponse {
  readonly status: number
  readonly reason: string
  /** Names in lower case, in the order of the head. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: Buffer
}

export type RawTarget = { readonly port: number } | { readonly path: string }

export class RawConnection {
  readonly socket: Socket
  #bytes = Buffer.alloc(0)
  #ended = false
  #wake = () => {}

  constructor(target: RawTarget) {
    this.socket = connect('port' in target ? { port: target.port, host: '127.0.0.1' } : { path: target.path })
    this.socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake()
    })
    this.socket.on('error', () => {})
    for (const event of ['end', 'close'])
      this.socket.on(event, () => {
        this.#ended = true
        this.#wake()
      })
  }

  /** Whether the server has ended the connection. */
  get ended(): boolean {
    return this.#ended
  }

  send(...pieces: ReadonlyArray<string | Buffer>): this {
    for (const piece of pieces) this.socket.write(piece)
    return this
  }

  /** Sends a request; a body gets its length unless the headers frame it. */
  request(method: string, path: string, headers: Record<string, string> = {}, body?: string | Buffer): this {
    const lines = Object.entries({ Host: 'localhost', ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    )
    if (body !== undefined && !('Transfer-Encoding' in headers) && !('Content-Length' in headers))
      lines.push(`Content-Length: ${Buffer.byteLength(body)}\r\n`)
    return this.send(
      `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`,
      ...(body === undefined ? [] : [body]),
    )
  }

  /** The next answer. Rejects if its framing is wrong, or if the connection ends before it. */
  async response(method = 'GET'): Promise<RawResponse> {
    const head = (await this.#until('\r\n\r\n')).toString('latin1')
    const [start = '', ...lines] = head.slice(0, -4).split('\r\n')
    const [, code = '', reason = ''] =
      /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(start) ?? fail(`no status line: ${start}`)
    const headers = lines.map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const
    })
    const status = Number(code)
    if (status === 100) return this.response(method)
    const all = (name: string) => headers.filter(([other]) => other === name).map(([, value]) => value)
    const [lengths, encodings] = [all('content-length'), all('transfer-encoding')]
    if (lengths.length > 1) fail(`${lengths.length} content-length headers`)
    if (lengths.length + encodings.length > 1) fail('a content-length and a transfer-encoding')
    if (status === 204 && lengths.length + encodings.length > 0) fail('a 204 with a framed body')
    const bodiless = method === 'HEAD' || status === 204 || status === 304 || status === 101
    const body = bodiless
      ? Buffer.alloc(0)
      : encodings[0] === 'chunked'
        ? await this.#chunked()
        : lengths[0] === undefined
          ? fail('a body without framing')
          : await this.take(Number(lengths[0]))
    return { status, reason, headers, body }
  }

  /** The next bytes. */
  async take(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) await this.#more(`${count} bytes`)
    const taken = this.#bytes.subarray(0, count)
    this.#bytes = this.#bytes.subarray(count)
    return taken
  }

  /** Everything until the server ends the connection. */
  async rest(): Promise<string> {
    while (!this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#bytes.toString('latin1')
  }

  close(): void {
    this.socket.destroy()
  }

  async #chunked(): Promise<Buffer> {
    const chunks: Buffer[] = []
    for (;;) {
      const line = (await this.#until('\r\n')).toString('latin1').trim()
      if (!/^[\da-f]+$/i.test(line)) fail(`no chunk size: ${JSON.stringify(line)}`)
      const size = Number.parseInt(line, 16)
      const chunk = await this.take(size + 2)
      if (size === 0) return Buffer.concat(chunks)
      chunks.push(chunk.subarray(0, -2))
    }
  }

  async #until(end: string): Promise<Buffer> {
    let at = this.#bytes.indexOf(end)
    for (; at < 0; at = this.#bytes.indexOf(end)) await this.#more(JSON.stringify(end))
    return this.take(at + end.length)
  }

  #more(what: string): Promise<void> {
    if (this.#ended)
      throw new Error(
        `the connection ended before ${what}; left: ${this.#bytes.toString('latin1').slice(0, 200)}`,
      )
    return new Promise((resolve) => (this.#wake = resolve))
  }
}

export const headerOf = (response: RawResponse, name: string): string | undefined =>
  response.headers.find(([other]) => other === name)?.[1]

function fail(message: string): never {
  throw new Error(message)
}

// The ways that a request can take to a route: each sends the same request and receives the same answer.

import { request } from 'node:http'
import { connect as connectHTTP2 } from 'node:http2'
import { request as requestTLS } from 'node:https'
import { fileURLToPath } from 'node:url'
import type { Logger, Module } from '@myfy/core'
import { type Middleware, mount, type Routes, type WebModuleOptions } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { onTestFinished } from 'vitest'
import { type ListeningOptions, listening } from './listening.ts'

/** A body, as fetch takes it. */
export type SentBody = NonNullable<RequestInit['body']>

export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: SentBody
}

export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

export type Send = (path: string, request?: Sent) => Promise<Received>

/** An application behind a way. */
export interface Opened {
  readonly send: Send
  /** Resolves when the application has finished every request. */
  idle(): Promise<void>
}

/** The options of an application behind a way. */
export interface WayOptions extends WebModuleOptions {
  readonly routes: readonly Routes[]
  readonly logger?: Logger
  readonly modules?: readonly Module[]
}

type Open = (options: WayOptions) => Promise<Opened>

const received = async (response: Response): Promise<Received> => ({
  status: response.status,
  headers: response.headers,
  body: Buffer.from(await response.arrayBuffer()),
})

/** The bytes of a body and its type, as fetch encodes a form. */
async function encoded(body: SentBody | undefined) {
  if (body === undefined) return { bytes: undefined, headers: {} }
  const response = new Response(body)
  const type = response.headers.get('content-type')
  const bytes = Buffer.from(await response.arrayBuffer())
  return { bytes, headers: { 'content-length': bytes.byteLength, ...(type && { 'content-type': type }) } }
}

/** Sends over HTTP/1.1, with TLS if the URL has it, without decoding the answer as fetch would. */
const byHTTP1 =
  (url: string): Send =>
  async (path, { method = 'GET', headers, body } = {}) => {
    const { bytes, headers: own } = await encoded(body)
    const options = { method, headers: { ...own, ...headers }, rejectUnauthorized: false }
    const begin = url.startsWith('https:') ? requestTLS : request
    return new Promise((resolve, reject) => {
      const sent = begin(url + path, options, (response) => {
        const answer = new Headers()
        for (let i = 0; i < response.rawHeaders.length; i += 2)
          answer.append(response.rawHeaders[i]!, response.rawHeaders[i + 1]!)
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: answer, body: Buffer.concat(chunks) }),
        )
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(bytes)
    })
  }

/** Sends over one connection of HTTP/2. */
function byHTTP2(url: string): Send {
  const session = connectHTTP2(url, { rejectUnauthorized: false })
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  return async (path, { method = 'GET', headers = {}, body } = {}) => {
    const { bytes, headers: own } = await encoded(body)
    const stream = session.request({ ':method': method, ':path': path, ...own, ...headers })
    return new Promise((resolve, reject) => {
      const answer = new Headers()
      let status = 0
      const chunks: Buffer[] = []
      stream.on('response', (all) => {
        status = Number(all[':status'])
        for (const [name, value] of Object.entries(all))
          if (!name.startsWith(':')) for (const one of [value].flat()) answer.append(name, String(one))
      })
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', reject)
      stream.on('close', () => resolve({ status, headers: answer, body: Buffer.concat(chunks) }))
      stream.end(bytes)
    })
  }
}

const tls = (name: string) => fileURLToPath(new URL(`./fixtures/tls/${name}`, import.meta.url))

const withTLS = { tls: { key: tls('a.key'), cert: tls('a.crt') } }

/** An application that listens. */
async function overSocket(
  by: (url: string) => Send,
  { logger, modules, ...web }: WebModuleOptions & Pick<WayOptions, 'logger' | 'modules'>,
  transport?: ListeningOptions['transport'],
): Promise<Opened> {
  const { app, url } = await listening({
    web,
    ...(modules && { modules }),
    ...(logger && { logger }),
    ...(transport && { transport }),
  })
  return { send: by(url), idle: () => app.inFlight.whenIdle() }
}

/** Every way by its name. */
export const ways: Readonly<Record<string, Open>> = {
  'the test client': async (options) => {
    const client = await createTestClient(options)
    onTestFinished(() => client.close())
    const send: Send = async (path, { method = 'GET', headers, body } = {}) =>
      received(await client.request(method, path, { headers: { ...headers }, body }))
    return { send, idle: () => client.app.inFlight.whenIdle() }
  },
  'HTTP/1.1': (options) => overSocket(byHTTP1, options),
  'HTTP/1.1 with TLS': (options) => overSocket(byHTTP1, options, withTLS),
  'middleware and CORS': (options) => {
    const around: Middleware = async (_context, next) => {
      const response = await next()
      response.headers.set('x-around', '1')
      return response
    }
    const middleware = [around, ...(options.middleware ?? [])]
    return overSocket(byHTTP1, { cors: { origin: ['https://app.example'] }, ...options, middleware })
  },
  'HTTP/2 without TLS': (options) => overSocket(byHTTP2, options, { http2: true }),
  'HTTP/2': (options) => overSocket(byHTTP2, options, withTLS),
  'a mount': async (options) => {
    const inner = await createTestClient(options)
    onTestFinished(() => inner.close())
    const routes = [mount('/inner', (request) => inner.web.fetch(request))]
    const outer = await overSocket((url) => byHTTP1(`${url}/inner`), { routes })
    return { ...outer, idle: () => inner.app.inFlight.whenIdle() }
  },
}

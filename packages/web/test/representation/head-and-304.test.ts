// What is said without the content: an answer to HEAD and a 304 have the headers of the answer to GET.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, type IncomingHttpHeaders, request as send } from 'node:http'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineRoutes, download, type Middleware, mount, mountNode, serveFiles } from '@myfy/web'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { listening } from '../listening.ts'

const text = 'The quick brown fox. '.repeat(400)
const folder = mkdtempSync(join(tmpdir(), 'myfy-head-'))
writeFileSync(join(folder, 'a.txt'), text)
afterAll(() => rmSync(folder, { recursive: true }))

const routes = defineRoutes('', (route) => {
  route.get('/text', () => text)
  route.get('/response', () => new Response(text, { headers: { 'content-type': 'text/plain', etag: '"1"' } }))
  route.get('/file', ({ request }) => download(join(folder, 'a.txt'), { request, inline: true }))
})
const all = [
  routes,
  serveFiles('/files', folder),
  mount('/mounted', () => new Response(text, { headers: { 'content-type': 'text/plain' } })),
  mountNode('/node', (_, response) => response.setHeader('content-type', 'text/plain').end(text)),
]
const stamp: Middleware = async (_context, next) => {
  const response = await next()
  response.headers.set('x-stamp', '1')
  return response
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
}
type Ask = (method: string, path: string, headers?: Record<string, string>) => Promise<Answer>

/** Asks over HTTP/1.1: with an agent of node:http, which does not decode. */
function overHTTP1(port: number): Ask {
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  return (method, path, headers) =>
    new Promise((resolve, reject) => {
      const request = send({ host: '127.0.0.1', port, agent, method, path, headers }, (response) => {
        response
          .resume()
          .on('end', () => resolve({ status: response.statusCode!, headers: response.headers }))
      })
      request.on('error', reject).end()
    })
}

function overHTTP2(port: number): Ask {
  const session = connect(`http://127.0.0.1:${port}`)
  onTestFinished(() => session.close())
  return (method, path, headers) =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ...headers, ':method': method, ':path': path })
      stream.on('error', reject)
      stream.on('response', ({ ':status': status, ...rest }) => {
        stream.resume().on('end', () => resolve({ status: status!, headers: rest as IncomingHttpHeaders }))
      })
    })
}

const ways = [
  ['HTTP/1.1', false, overHTTP1],
  ['HTTP/2', true, overHTTP2],
] as const

describe.each(ways)('over %s', (_, http2, asking) => {
  describe.each([
    ['without middleware', []],
    ['with middleware', [stamp]],
  ])('%s', (_, middleware) => {
    const start = async () => {
      const cors = { origin: ['https://app.example.com'] }
      const web = { routes: all, middleware, cors, etag: true, compression: true }
      return asking((await listening({ web, transport: { http2 } })).port)
    }
    const paths = ['/text', '/response', '/file', '/files/a.txt', '/mounted/a', '/node/a']
    const accepted = ['gzip', 'identity']

    // RFC 9110, 9.3.2: the same header fields, but for those that only the content determines.
    test('an answer to HEAD has the headers of the answer to GET', async () => {
      const ask = await start()
      for (const path of paths)
        for (const encoding of accepted) {
          const headers = { 'accept-encoding': encoding, origin: 'https://app.example.com' }
          const said = ({ headers: { date, ...rest } }: Answer) => {
            for (const name of ['x-request-id', 'transfer-encoding', 'connection', 'keep-alive'])
              delete rest[name]
            return rest
          }
          const [got, head] = [said(await ask('GET', path, headers)), said(await ask('HEAD', path, headers))]
          // RFC 9110, 8.6: it may be left out, and must not be another.
          if (head['content-length'] === undefined) delete got['content-length']
          expect(head, `${path} ${encoding}`).toEqual(got)
        }
    })

    // RFC 9110, 15.4.5: a cache updates the answer that it has stored by these.
    test('a 304 has the entity tag and Vary of the 200, and nothing that describes a content', async () => {
      const ask = await start()
      for (const path of paths.filter((one) => one !== '/node/a'))
        for (const encoding of accepted) {
          const headers = { 'accept-encoding': encoding }
          const { etag, vary } = (await ask('GET', path, headers)).headers
          const again = await ask('GET', path, { ...headers, 'if-none-match': etag! })
          expect(again, `${path} ${encoding}`).toMatchObject({ status: 304, headers: { etag, vary } })
          const described = Object.keys(again.headers).filter((name) =>
            /^content-|^accept-ranges$/.test(name),
          )
          expect(described, `${path} ${encoding}`).toEqual([])
        }
    })
  })
})

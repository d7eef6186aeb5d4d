// A server behind a proxy that fails: the log has the reason, and the client does not.

import { createServer } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Server } from 'node:net'
import { consoleLogger, type Logger } from '@myfy/core'
import { proxy } from '@myfy/web'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../../../test/free-port.ts'
import { ways } from '../ways.ts'

/** A server that is reached, and breaks off. */
const servers: Readonly<Record<string, Server>> = {
  'resets the connection': createSocketServer((socket) =>
    socket.once('data', () => socket.resetAndDestroy()),
  ),
  'closes the connection': createSocketServer((socket) => socket.once('data', () => socket.end())),
  'does not speak HTTP': createSocketServer((socket) =>
    socket.once('data', () => socket.end('hello\r\n\r\n')),
  ),
  'does not answer': createServer(() => {}),
  'resets the connection within its answer': createServer((_request, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('the beginning', () => setImmediate(() => response.socket?.resetAndDestroy()))
  }),
}

interface Failure {
  readonly status: number
  /** What the log says beside the address of the server. */
  readonly reason: RegExp
}

// The codes are those of Node.js: `util.getSystemErrorMap()`, `dns` and undici.
const failures: Readonly<Record<string, Failure>> = {
  'does not listen': { status: 502, reason: /\bECONNREFUSED\b/ },
  'has no address': { status: 502, reason: /\bENOTFOUND\b|\bEAI_AGAIN\b/ },
  'resets the connection': { status: 502, reason: /\bECONNRESET\b/ },
  'closes the connection': { status: 502, reason: /other side closed/ },
  'does not speak HTTP': { status: 502, reason: /Expected HTTP/ },
  'does not answer': { status: 504, reason: /it has not answered within 150 ms/ },
}

const targets = new Map<string, string>()

beforeAll(async () => {
  for (const [name, server] of Object.entries(servers)) {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    targets.set(name, `127.0.0.1:${(server.address() as AddressInfo).port}`)
  }
  targets.set('does not listen', `127.0.0.1:${await freePort()}`)
  // RFC 6761: no name below `invalid` exists.
  targets.set('has no address', 'server.invalid')
})
afterAll(() => {
  for (const server of Object.values(servers)) {
    server.close()
    if ('closeAllConnections' in server) (server as ReturnType<typeof createServer>).closeAllConnections()
  }
})

/** The forms of a log: each notes the lines as they are written. */
const loggers: Readonly<Record<string, (write: (line: string) => void) => Logger>> = {
  text: (write) => consoleLogger({ json: false, color: false, write }),
  JSON: (write) => consoleLogger({ json: true, write }),
  pino: (write) => pino({}, { write }),
}

const routes = () =>
  [...targets].map(([name, target]) =>
    proxy(`/${name.replaceAll(' ', '-')}`, `http://${target}/inner`, {
      timeout: name === 'does not answer' ? 150 : 30_000,
    }),
  )

describe.each(Object.keys(loggers))('in a log as %s', (form) => {
  describe.each(Object.entries(ways))('by %s', (_way, open) => {
    const started = async () => {
      const lines: string[] = []
      const logger = loggers[form]!((line) => void lines.push(line))
      const opened = await open({ routes: routes(), logger, accessLog: true })
      return { lines, ...opened }
    }

    test.each(Object.entries(failures))('a server that %s', async (name, { status, reason }) => {
      const { lines, send, idle } = await started()
      const path = `/${name.replaceAll(' ', '-')}`
      const answer = await send(`${path}/users?token=t0ken`)
      await expect.poll(() => lines.length).toBe(2)
      await idle()
      const id = answer.headers.get('x-request-id')
      // RFC 9457: nothing but what the status says.
      const title = status === 502 ? 'Bad Gateway' : 'Gateway Timeout'
      expect(answer.status).toBe(status)
      expect(JSON.parse(String(answer.body))).toEqual({ type: 'about:blank', title, status, id })
      const [failed, access] = lines as [string, string]
      expect(failed).toMatch(reason)
      expect(failed).toContain(`http://${targets.get(name)}/inner`)
      expect(access).toContain(`GET ${path}/** ${status} (`)
      for (const line of lines) expect(line).toContain(id)
      expect(lines.join()).not.toContain('t0ken')
    })

    test('a server that resets the connection within its answer', async () => {
      const { lines, send, idle } = await started()
      await send('/resets-the-connection-within-its-answer/').catch(() => {})
      await expect.poll(() => lines.length).toBe(2)
      await idle()
      const failed = lines.find((line) => /ECONNRESET|other side closed/.test(line))
      const access = lines.find((line) => line !== failed)
      expect(failed).toContain('/resets-the-connection-within-its-answer/**')
      expect(failed).toContain(`http://${targets.get('resets the connection within its answer')}/inner`)
      expect(access).toMatch(/GET \/resets-the-connection-within-its-answer\/\*\* 200 \(.*\) incomplete/)
      const [id] = /[\da-f]{32}/.exec(access!)!
      expect(failed).toContain(id)
    })
  })
})

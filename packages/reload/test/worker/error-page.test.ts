import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ErrorPage } from '../../src/worker/error-page.ts'

const path = join(tmpdir(), `myfy-error-page-${process.pid}.sock`)
const page = new ErrorPage({
  phase: 'start',
  message: 'cannot find the table',
  location: { file: '/app/secret.ts', line: 1, column: 1 },
  stack: [
    'Error: cannot find the table',
    '    at find (/app/secret.ts:1:1)',
    '    at run (/app/node_modules/@myfy/core/dist/index.js:1:1)',
    '    at node:internal/process/task_queues:95:5',
  ].join('\n'),
})
beforeAll(() => page.listen({ path }))
afterAll(() => page.close())

function ask(headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath: path, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
      .on('error', reject)
      .end()
  })
}

test('the error page is a problem document where JSON is asked for (RFC 9457)', async () => {
  const { since, ...problem } = JSON.parse(await ask({ host: 'localhost', accept: 'application/json' }))
  expect(problem).toEqual({
    type: 'about:blank',
    title: 'The application does not start',
    status: 503,
    detail: 'cannot find the table',
    place: '/app/secret.ts:1:1',
  })
  expect(new Date(since).toISOString()).toBe(since)
})

test('the error page has no frames of the framework and of Node.js in its text', async () => {
  const text = await ask({ host: 'localhost' })
  expect(text).toContain('cannot find the table')
  expect(text).not.toMatch(/@myfy|node:/)
})

test('the error page follows a dark system and the width of a phone, and keeps the lines of a message', async () => {
  const html = await ask({ host: 'localhost', accept: 'text/html' })
  // On an inner element the scheme would leave the canvas and the text as in a light one.
  expect(html).toContain('<meta name="color-scheme" content="light dark">')
  expect(html).toContain('<meta name="viewport" content="width=device-width">')
  expect(html).toMatch(/\bp[,{ ][^}]*white-space: pre-wrap/)
})

// Like Vite's `server.allowedHosts`: a name that anybody can point to this machine sees no source code.
describe('the error page', () => {
  test.each(['localhost', 'localhost:8000', 'app.localhost', '127.0.0.1:8000', '[::1]:8000', '192.168.1.7'])(
    'shows the problem on %s',
    async (host) => {
      for (const accept of ['text/html', '*/*']) expect(await ask({ host, accept })).toContain('secret.ts')
    },
  )

  test.each(['attacker.example', 'localhost.attacker.example:8000', '127.0.0.1.attacker.example'])(
    'does not show it on %j',
    async (host) => {
      for (const accept of ['text/html', '*/*', 'application/json']) {
        const text = await ask({ host, accept })
        expect(text).not.toMatch(/secret|table/)
        expect(text).toContain('terminal')
      }
    },
  )

  test('shows it to a client that sends no host', async () => {
    const text = await new Promise<string>((resolve) => {
      let received = ''
      const socket = connect(path, () => socket.write('GET / HTTP/1.0\r\n\r\n'))
      socket.on('data', (chunk) => {
        received += chunk.toString()
      })
      socket.on('close', () => resolve(received))
    })
    expect(text).toContain('secret.ts')
  })
})

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { myfy, project } from '../project.ts'

let server: Server
let port = 0
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/hang') return
    response.writeHead(request.url === '/ill' ? 503 : 200).end(`{"url":"${request.url}"}`)
  }).listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
const cwd = () => project({})

test('a healthy instance gives 0 and its answer', async () => {
  const { code, stdout } = await myfy(['health'], { cwd: cwd(), env: { PORT: String(port) } })
  expect([code, stdout]).toEqual([0, '{"url":"/health"}\n'])
})

test('an unhealthy instance gives 1 and its answer', async () => {
  const { code, stdout, stderr } = await myfy(['health', '--url', `http://localhost:${port}/ill`], {
    cwd: cwd(),
  })
  expect([code, stdout]).toEqual([1, '{"url":"/ill"}\n'])
  expect(stderr).toContain('answered 503')
})

test('an instance that does not answer gives 1 and the reason', async () => {
  const [late, gone] = await Promise.all([
    myfy(['health', '--url', `http://localhost:${port}/hang`, '--timeout', '200ms'], { cwd: cwd() }),
    myfy(['health', '--url', 'http://localhost:1/health'], { cwd: cwd() }),
  ])
  expect(late.stderr).toContain('no answer within 200 ms')
  expect(gone.stderr).toContain('Cannot check http://localhost:1/health: ')
  expect([late.code, gone.code]).toEqual([1, 1])
})

test('--json gives the address, the status and the answer', async () => {
  const { code, stdout } = await myfy(['health', '--json', '--url', `http://localhost:${port}/ill`], {
    cwd: cwd(),
  })
  expect([code, JSON.parse(stdout)]).toEqual([
    1,
    { url: `http://localhost:${port}/ill`, status: 503, body: { url: '/ill' } },
  ])
})

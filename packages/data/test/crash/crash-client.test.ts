import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { CrashClient } from '../../src/crash/crash-client.ts'

test('a request that is never answered is repeated, and given up', async () => {
  let received = 0
  const server = createServer(() => void received++).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const limits = { answer: 400, attempt: 100 }
  const client = new CrashClient(
    async () => `http://127.0.0.1:${port}`,
    () => {},
    limits,
  )
  const request = { method: 'PUT', path: '/orders' }
  expect(await client.request(request)).toBeUndefined()
  expect(client.unanswered).toEqual([request])
  expect(received).toBeGreaterThan(1)
  server.closeAllConnections()
  server.close()
})

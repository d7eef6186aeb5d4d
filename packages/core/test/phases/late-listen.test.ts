import { expect, test } from 'vitest'
import { Application, defineModule, type Transport } from '../../src/index.ts'
import { TestHost } from '../../src/testing/index.ts'

test('a transport that begins to listen after the start was abandoned is closed again', async () => {
  const host = new TestHost()
  const journal: string[] = []
  let listening = () => {}
  const transport: Transport = {
    name: 'rpc',
    listen: () =>
      new Promise<void>((resolve) => {
        listening = () => {
          journal.push('listens')
          resolve()
        }
      }),
    async drain() {},
    close: () => void journal.push('closed'),
  }
  const rpc = defineModule({ name: 'remote calls', transports: () => [transport] })
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  const app = new Application({ host, logger, modules: [rpc] })
  const ended = app.runUnsupervised()
  app.on('hook.starting', ({ phase, owner }) => {
    if (phase === 'listen' && owner === 'rpc') queueMicrotask(() => host.signal('SIGTERM'))
  })
  await host.clock.advance(60_000)
  expect(await ended).toBe(3)
  listening()
  await host.clock.advance(0)
  expect(journal).toEqual(['closed', 'listens', 'closed'])
})

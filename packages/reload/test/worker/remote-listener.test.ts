import { expect, test } from 'vitest'
import type { WorkerMessage } from '../../src/protocol.ts'
import { RemoteListener } from '../../src/worker/remote-listener.ts'

function remoteListener() {
  const sent: WorkerMessage[] = []
  const handle = {
    closed: false,
    close() {
      this.closed = true
    },
  }
  return { listener: new RemoteListener((message) => void sent.push(message)), sent, handle }
}

test('a request that the supervisor has not answered is rejected when the process stops', async () => {
  const { listener } = remoteListener()
  const acquired = listener.acquire({ port: 8000 })
  listener.cancel()
  await expect(acquired).rejects.toThrow('Cannot listen: the process is stopping. Start it again.')
  await expect(listener.acquire({ port: 8001 })).rejects.toThrow('Cannot listen: the process is stopping.')
})

test('a handle that arrives after the cancellation is closed, and the supervisor is told', async () => {
  const { listener, sent, handle } = remoteListener()
  listener.acquire({ port: 8000 }).catch(() => {})
  listener.cancel()
  listener.answer({ type: 'bound', id: 1 }, handle)
  expect(handle.closed).toBe(true)
  expect(sent.at(-1)).toEqual({ type: 'closed', id: 1 })
})

test('a handle belongs to the supervisor as well until that has let go of it', async () => {
  const { listener, handle } = remoteListener()
  const acquired = listener.acquire({ port: 8000 })
  listener.answer({ type: 'bound', id: 1 }, handle)
  expect(await acquired).toMatchObject({ owned: false })
  listener.own()
  expect(await acquired).toMatchObject({ owned: true })
})

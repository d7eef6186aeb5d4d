import net from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openDebugger } from '../../src/worker/debugger.ts'

const inspector = vi.hoisted(() => ({ open: vi.fn(), url: () => undefined }))
vi.mock('node:inspector', () => ({ default: inspector }))

async function takenPort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as net.AddressInfo).port
}

test('a taken port is reported at once, and waited for only if it moves from process to process', async () => {
  const port = await takenPort()
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  await openDebugger(`127.0.0.1:${port}`, false)
  expect(inspector.open).toHaveBeenCalledExactlyOnceWith(port, '127.0.0.1')
  inspector.open.mockClear()
  const moving = openDebugger(`127.0.0.1:${port}`, true)
  // The port is tried, and tried again when the timer fires.
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  expect(inspector.open).not.toHaveBeenCalled()
  const wait = setInterval(() => vi.advanceTimersByTime(100))
  onTestFinished(() => clearInterval(wait))
  await moving
  expect(inspector.open).toHaveBeenCalledOnce()
})

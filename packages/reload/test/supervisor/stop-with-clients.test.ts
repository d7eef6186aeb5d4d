// The last stop, as clients see it.
import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { superviseProject } from '../supervised-process.ts'

test('a connection that comes while the last application drains is refused, not held and reset', async () => {
  const app = await superviseProject()
  await app.next('ready')
  const slow = app.get('/slow')
  // The route has been entered when a later request is answered.
  await app.get()
  app.process.kill('SIGTERM')
  await app.printed('stopping (SIGTERM)')
  for (;;) {
    const socket = net.connect(app.port, '127.0.0.1')
    const event = await new Promise<string>((resolve) => {
      socket.once('connect', () => resolve('connected')).once('error', (error) => resolve(codeOf(error)))
    })
    // One that was accepted before the socket closed is answered or ended, never reset.
    if (event === 'ECONNREFUSED') break
    expect(event).toBe('connected')
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toContain(' 200 ')
    socket.destroy()
  }
  app.project.write({ go: '' })
  expect((await slow).body).toContain('one')
  expect(await app.exited).toEqual({ code: 0, signal: null })
}, 60_000)

const codeOf = (error: Error) => String((error as NodeJS.ErrnoException).code)

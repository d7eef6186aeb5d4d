// The last stop, as clients see it.
import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { application, superviseProject } from '../supervised-process.ts'

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

/** What a client of a raw connection sees: the status of the answer, 'closed' without one, or the code of the error. */
function outcome(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    socket.once('error', (error) => resolve(answer === '' ? codeOf(error) : answer.slice(9, 12)))
    socket.once('close', () => resolve(answer === '' ? 'closed' : answer.slice(9, 12)))
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  })
}

/** The moments of a hand-over at which the stop comes: the text that tells of it, and what a process waits for in its start. */
test.each([
  [
    'while the next process starts',
    'NEXT STARTS',
    `while (!existsSync('go')) await new Promise(setImmediate)`,
  ],
  ['while the next process begins to serve', 'NEXT STARTS', ''],
  ['while the former process stops', '[reload] reloaded', ''],
])(
  'fifty connections that wait at the stop of a hand-over, %s, are answered',
  async (_, moment, waits) => {
    const app = await superviseProject((port) => {
      const { 'app.ts': entry, ...others } = application(port)
      const blocks = `route.get('/block', () => { console.log('BLOCKED'); const end = Date.now() + 1_500; while (Date.now() < end); return {} })`
      const next = `app.addModule({ name: 'next', async start() { if (existsSync('.env')) { console.log('NEXT STARTS'); ${waits} } } })`
      return {
        ...others,
        'app.ts': `${entry!.replace("route.get('/slow'", `${blocks}\n  route.get('/slow'`)}\n${next}\n`,
      }
    })
    await app.next('ready')
    app.project.write({ '.env': 'A=1\n' })
    await app.printed(moment)
    const blocking = app.get('/block').catch(() => {})
    await app.printed('BLOCKED')
    const outcomes = Array.from({ length: 50 }, () => outcome(app.port))
    app.process.kill('SIGINT')
    await app.printed('stopping')
    // More come until the socket is closed: the queue is never empty.
    const more: string[] = []
    while (!more.includes('ECONNREFUSED'))
      more.push(...(await Promise.all([outcome(app.port), outcome(app.port)])))
    await blocking
    const seen = new Set([...(await Promise.all(outcomes)), ...more.filter((one) => one !== 'ECONNREFUSED')])
    expect([...seen]).toEqual(['200'])
    expect(await app.exited).toEqual({ code: 0, signal: null })
  },
  90_000,
)

const codeOf = (error: Error) => String((error as NodeJS.ErrnoException).code)

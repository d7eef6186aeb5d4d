// The last stop, as clients see it.
import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { application, type Supervised, superviseProject } from '../supervised-process.ts'

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
function outcome(port: number, connected = () => {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', connected)
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

test('a former process that is blocked while the next one stops is the last to accept, and resets nothing', async () => {
  const app = await superviseProject((port) => {
    const { 'app.ts': entry, ...others } = application(port)
    const block = `route.get('/block', () => { console.log('BLOCKED'); while (!existsSync('go')); return {} })`
    return { ...others, 'app.ts': entry!.replace("route.get('/slow'", `${block}\n  route.get('/slow'`) }
  })
  await app.next('ready')
  const blocking = app.get('/block').catch(() => {})
  await app.printed('BLOCKED')
  app.project.write({ '.env': 'A=1\n' })
  await app.printed('[reload] reloaded')
  app.process.kill('SIGINT')
  // The next process has closed its socket: the blocked one alone holds the queue.
  await app.printed('DATA DOWN')
  const outcomes = await connectFifty(app.port)
  app.project.write({ go: '' })
  const seen: string[] = []
  while (!seen.includes('ECONNREFUSED'))
    seen.push(...(await Promise.all(Array.from({ length: 20 }, () => outcome(app.port)))))
  seen.push(...(await Promise.all(outcomes)))
  expect([...new Set(seen)].filter((one) => one !== '200' && one !== 'ECONNREFUSED')).toEqual([])
  expect(seen).toContain('200')
  await blocking
  expect(await app.exited).toEqual({ code: 0, signal: null })
}, 60_000)

/** A module that must not run beside its successor; its stop and its next start last as long as the text says. */
const exclusive = (stop: string, nextStart: string) => `
app.on('state', ({ to }) => console.log('STATE', to))
app.addModule({
  name: 'owner',
  exclusive: true,
  async start() { if (existsSync('next')) { console.log('NEXT STARTS'); ${nextStart} } },
  async stop() { console.log('OWNER STOPS'); ${stop} },
})
`

const LASTING = `while (!existsSync('go')) await new Promise(setImmediate)`

/** Fifty clients that are connected, or refused. Returns what they see. */
async function connectFifty(port: number): Promise<ReadonlyArray<Promise<string>>> {
  const clients = Array.from({ length: 50 }, () => {
    let connected = () => {}
    const isConnected = new Promise<void>((resolve) => {
      connected = resolve
    })
    const seen = outcome(port, connected)
    return { seen, settled: Promise.race([isConnected, seen]) }
  })
  await Promise.all(clients.map(({ settled }) => settled))
  return clients.map(({ seen }) => seen)
}

/** The moments at which no process accepts: what leads there, and the text that tells of it. */
const gaps: Readonly<
  Record<string, [stop: string, nextStart: string, lead: (app: Supervised) => unknown, moment: string]>
> = {
  'while an exclusive application drains': [
    '',
    '',
    async (app) => {
      app.get('/slow').catch(() => {})
      await app.get()
      app.project.write({ '.env': 'A=1\n' })
    },
    'STATE draining',
  ],
  'while an exclusive application stops': [
    LASTING,
    '',
    (app) => app.project.write({ '.env': 'A=1\n' }),
    'OWNER STOPS',
  ],
  'while the successor of an exclusive application starts': [
    '',
    LASTING,
    (app) => app.project.write({ next: '', '.env': 'A=1\n' }),
    'NEXT STARTS',
  ],
  'while an application starts again after a crash': [
    '',
    LASTING,
    async (app) => {
      app.project.write({ next: '' })
      process.kill(JSON.parse((await app.get('/pid')).body).pid, 'SIGKILL')
    },
    'NEXT STARTS',
  ],
  'while an application stops because of an error': [LASTING, '', (app) => app.get('/crash'), 'OWNER STOPS'],
  'while an application stops by itself': ['', '', (app) => app.get('/end').catch(() => {}), 'OWNER STOPS'],
}

test.each(Object.keys(gaps))(
  'no connection that waits at a stop is reset, %s',
  async (gap) => {
    const [stop, nextStart, lead, moment] = gaps[gap]!
    const app = await superviseProject((port) => {
      const { 'app.ts': entry, ...others } = application(port)
      const end = `route.get('/end', () => { void app.stop(); return {} })`
      return {
        ...others,
        'app.ts': `${entry!.replace("route.get('/slow'", `${end}\n  route.get('/slow'`)}${exclusive(stop, nextStart)}`,
      }
    })
    await app.next('ready')
    await lead(app)
    await app.printed(moment)
    const outcomes = await connectFifty(app.port)
    app.process.kill('SIGINT')
    const seen: string[] = []
    while (!seen.includes('ECONNREFUSED'))
      seen.push(...(await Promise.all(Array.from({ length: 20 }, () => outcome(app.port)))))
    app.project.write({ go: '' })
    seen.push(...(await Promise.all(outcomes)))
    const allowed = ['200', '503', 'ECONNREFUSED']
    expect(seen.filter((one) => !allowed.includes(one))).toEqual([])
    await app.exited
  },
  90_000,
)

test('no connection that waits at the stop of an error page is reset', async () => {
  const app = await superviseProject((port) => ({ ...application(port), 'message.ts': 'export const' }))
  await app.next('failed')
  await app.until('The application does not start')
  const outcomes = await connectFifty(app.port)
  app.process.kill('SIGINT')
  const seen = await Promise.all(outcomes)
  while (!seen.includes('ECONNREFUSED'))
    seen.push(...(await Promise.all(Array.from({ length: 20 }, () => outcome(app.port)))))
  expect(seen.filter((one) => one !== '503' && one !== 'ECONNREFUSED')).toEqual([])
  expect(await app.exited).toEqual({ code: 1, signal: null })
}, 60_000)

const codeOf = (error: Error) => String((error as NodeJS.ErrnoException).code)

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { read } from './application.ts'
import { Lines } from './lines.ts'
import { run } from './running.ts'
import { embedded } from './servers.ts'

let url: string
let app: Awaited<ReturnType<typeof run>>['app']
const ends: Array<() => unknown> = []
const clients: Socket[] = []

beforeEach(async () => {
  const { env, remove } = await embedded.create()
  const running = await run({ ...env, EVENT_CLIENTS: '40' })
  ;({ app, url } = running)
  ends.push(
    () => running.app.stop(),
    () => remove(),
  )
}, 90_000)
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  for (const end of ends.splice(0)) await end()
})

/** A client of /events: the lines that it receives. */
function client(): Lines {
  const lines = new Lines()
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  clients.push(socket)
  let rest = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split(/\r?\n/)
    rest = parts.pop()!
    for (const part of parts) lines.add(part)
  })
  socket.on('close', () => lines.end()).on('error', () => {})
  socket.write('GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n')
  return lines
}

const statusOf = (line: string) =>
  JSON.parse(line.slice('data: '.length)) as { state: string; inFlight: Record<string, number> }

describe('the stream of events', { timeout: 60_000 }, () => {
  it('counts the work in flight instead of listing it, so its size does not grow with clients', async () => {
    const first = client()
    const alone = await first.first(/^data: .*inFlight/)
    const others = Array.from({ length: 29 }, client)
    for (const other of others) await other.first(/^data: /)
    const crowded = await first.first(/^data: .*:30[,}]/)
    expect(Object.values(statusOf(crowded).inFlight)).toContain(30)
    expect(crowded.length).toBeLessThan(alone.length + 100)
  })

  it('sends nothing to clients while nothing changes', async () => {
    const first = client()
    await first.first(/^data: .*inFlight.*:1[,}]/)
    const before = first.count(/^data: /)
    // Tracked work is visible after the next update. Nothing but that work may have been sent until then.
    const work = app.inFlight.track('job', 'marker')
    await first.first(/^data: .*job marker/)
    work.done()
    await first.first(/^data: (?!.*job marker)/, first.all.length)
    expect(first.count(/^data: /) - before).toBeLessThanOrEqual(3)
  })

  it('rejects clients beyond the limit with 503, and accepts one again when another leaves', async () => {
    const accepted = Array.from({ length: 40 }, client)
    for (const one of accepted) await one.first(/^data: /)
    const refused = await read(fetch(`${url}/events`))
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('5')
    expect((await read(fetch(`${url}/users`))).status).toBe(200)
    clients[0]!.destroy()
    await accepted[1]!.first(/^data: .*:39[,}]/)
    await client().first(/^data: /)
  })

  it('ends with the state of the application when it stops', async () => {
    const one = client()
    await one.first(/^data: /)
    const closed = once(clients[0]!, 'close')
    await Promise.all([app.stop(), closed])
    expect(
      one.all
        .filter((line) => line.startsWith('data: '))
        .map(statusOf)
        .at(-1)?.state,
    ).toBe('draining')
  })
})

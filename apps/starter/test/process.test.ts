import { rm } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { read } from './application.ts'
import { AppProcess, connectionRefused } from './process.ts'
import { preparedDirectory } from './servers.ts'

describe('the application as a process', { timeout: 90_000 }, () => {
  let directory: string
  beforeAll(async () => {
    directory = await preparedDirectory()
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  it('completes requests in flight at SIGTERM, stops in reverse order, and keeps its data', async () => {
    await using first = new AppProcess({ DATA_DIR: directory })
    const url = await first.url()
    const answer = slowPost(`${url}/users`, JSON.stringify({ name: 'Ada', email: 'ada@example.org' }))
    await answer.accepted
    first.child.kill('SIGTERM')
    await first.lines.first(/draining/)
    // From now on responses carry `connection: close`, so that clients reconnect to another replica.
    await connectionRefused(url)
    answer.finish()
    const { status, connection, body } = await answer.response
    expect(status).toBe(201)
    expect(connection).toBe('close')
    expect(await first.exited).toBe(0)
    const order = [
      'Received shutdown signal SIGTERM',
      'draining',
      'drained in',
      'web stopped',
      'events stopped',
      'metrics stopped',
      'cache stopped',
      'data stopped',
      'event loop delay',
      'stopped after',
      'stopped in',
    ]
    const places = order.map((part) => first.lines.all.findIndex((line) => line.includes(part)))
    expect(places).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))

    await using second = new AppProcess({ DATA_DIR: directory })
    const again = await read(fetch(`${await second.url()}/users`))
    expect(again.body).toEqual([JSON.parse(body)])

    await using third = new AppProcess({ DATA_DIR: directory })
    expect(await third.exited).toBe(1)
    expect(String(third.lines)).toContain(`is in use by process ${second.pid}`)
    expect(await second.stop('SIGINT')).toBe(0)
  })

  it('cancels its start at SIGTERM, and leaves no incomplete database', async () => {
    const fresh = join(directory, 'fresh')
    await using first = new AppProcess({ DATA_DIR: fresh })
    await first.lines.first(/Node v/)
    expect(await first.stop()).toBe(0)
    expect(String(first.lines)).not.toContain('data started')
    await using second = new AppProcess({ DATA_DIR: fresh })
    expect((await read(fetch(`${await second.url()}/users`))).status).toBe(200)
    expect(await second.stop()).toBe(0)
  })

  it('names every invalid variable, prints no secret, and exits with 78', async () => {
    await using app = new AppProcess({ PORT: 'many', DATABASE_URL: 'mysql://u:secret@h/d', CACHE_TTL: '-1' })
    expect(await app.exited).toBe(78)
    for (const name of ['PORT', 'DATABASE_URL', 'CACHE_TTL']) expect(String(app.lines)).toContain(`${name}: `)
    expect(String(app.lines)).not.toContain('secret@')
  })

  it('names the port that is in use, and exits with 1', async () => {
    const server = createServer()
    await new Promise<void>((listening) => server.listen(0, listening))
    const { port } = server.address() as { port: number }
    await using app = new AppProcess({ PORT: String(port), DATA_DIR: directory })
    expect(await app.exited).toBe(1)
    expect(String(app.lines)).toMatch(new RegExp(`${port}[^]*in use|port ${port} is taken`))
    server.close()
  })
})

/** Sends the head of a request; `finish` sends its body. */
function slowPost(url: string, body: string) {
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    expect: '100-continue',
  }
  const sent = request(url, { method: 'POST', headers })
  const accepted = new Promise((resolve) => sent.once('continue', resolve))
  const response = new Promise<{ status?: number; connection?: string; body: string }>((resolve, reject) => {
    sent.once('error', reject).once('response', async (incoming) => {
      let text = ''
      for await (const chunk of incoming) text += chunk
      resolve({ status: incoming.statusCode, connection: incoming.headers.connection, body: text })
    })
  })
  sent.flushHeaders()
  return { accepted, response, finish: () => sent.end(body) }
}

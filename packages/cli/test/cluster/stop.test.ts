import { describe, expect, test } from 'vitest'
import { untilFile } from '../../../../test/until-file.ts'
import { project, start, write } from '../project.ts'
import { serve } from './application.ts'
import { newConnections } from './load.ts'

describe('a stop of workers', { timeout: 60_000 }, () => {
  // Docker signals the first process, a terminal and systemd the whole group.
  test.each([
    ['SIGTERM', 'process'],
    ['SIGTERM', 'group'],
    ['SIGINT', 'group'],
    ['SIGQUIT', 'process'],
  ] as const)('by %s to the %s resets no new connection', async (signal, target) => {
    const { running, url } = await serve([], true)
    const load = newConnections(url, 140)
    await fetch(url)
    process.kill(target === 'group' ? -running.pid : running.pid, signal)
    const { code, output } = await running.ended
    expect((await load.end()).lost).toEqual([])
    expect(output.match(/Received shutdown signal/g)).toHaveLength(2)
    expect(code, output).toBe(0)
  })

  test('of a single worker replaces it', async () => {
    const { running, url } = await serve()
    const load = newConnections(url, 140)
    const [, pid] = /worker 1 ready \(pid (\d+)\)/.exec(running.output)!
    process.kill(Number(pid), 'SIGTERM')
    await running.until(`worker 1 (pid ${pid}) ended with code 0; another one starts`)
    await running.until(/another one starts[\s\S]*worker 1 ready/)
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
    expect((await load.end()).lost).toEqual([])
  })

  // A load balancer sends requests until it has seen the failing readiness check.
  test('accepts connections during its delay', async () => {
    const { running, url } = await startTwo(`
import { Application } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
const routes = defineRoutes('', (route) => void route.get('/', () => 'served'))
export const app = new Application({ shutdown: { delay: 4_000 } })
  .addModule(new WebModule({ routes: [routes], host: '127.0.0.1', port: 0 }))
`)
    running.kill('SIGTERM')
    await running.until(/Received shutdown signal[\s\S]*Received shutdown signal/)
    const load = newConnections(url, 140)
    expect((await running.ended).code).toBe(0)
    const { answered, lost } = await load.end()
    expect(answered).toBeGreaterThan(0)
    expect(lost).toEqual([])
  })

  test('resets no new connection to a server that just closes', async () => {
    const { running, url } = await startTwo(`
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Application } from '@myfy/core'
let server
const transport = {
  name: 'plain',
  async listen() {
    server = createServer((socket) => {
      socket.on('error', () => {}).on('data', () => socket.end('HTTP/1.1 200 OK\\r\\ncontent-length: 6\\r\\n\\r\\nserved'))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    transport.url = 'http://127.0.0.1:' + server.address().port
  },
  drain: () => new Promise((resolve) => server.close(resolve)),
  close() {},
}
export const app = new Application()
await app.run({ transport })
`)
    const load = newConnections(url, 140)
    await load.serving
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
    expect((await load.end()).lost).toEqual([])
  })

  // Kubernetes kills at the end of the grace period, whatever is left.
  test('ends within the grace period with code 3 when every worker is in an endless loop', async () => {
    const { running } = await startTwo(
      `
import { writeSync } from 'node:fs'
import { Application } from '@myfy/core'
export const app = new Application()
app.on('ready', () => void setTimeout(() => { writeSync(2, 'looping\\n'); for (;;) {} }, 500))
`,
      ['--grace', '4s'],
    )
    await running.until(/looping[\s\S]*looping/)
    running.kill('SIGTERM')
    const { code, output } = await running.ended
    expect(
      output.match(/worker \d \(pid \d+\) has not stopped within 3\.9 s; killing it/g),
      output,
    ).toHaveLength(2)
    expect(code, output).toBe(3)
  })

  test('is not changed by a repeated SIGTERM', async () => {
    const { running, cwd } = await startTwo(`
import { Application, defineModule } from '@myfy/core'
import { WebModule } from '@myfy/web'
const slow = defineModule({ name: 'slow', async stop() ${untilFile('go')} })
export const app = new Application().addModule(slow).addModule(new WebModule({ host: '127.0.0.1', port: 0 }))
`)
    running.kill('SIGTERM')
    await running.until('Received shutdown signal')
    const pressed = running.press('SIGTERM', 'already stopping')
    await running.until('already stopping')
    write(cwd, { go: '' })
    expect((await pressed).code).toBe(0)
  })
})

/** Starts two workers of an application. */
async function startTwo(source: string, options: readonly string[] = []) {
  const cwd = project({ 'app.mjs': source })
  const running = start(['start', 'app.mjs', '--workers', '2', ...options], {
    cwd,
    env: { LOG_FORMAT: 'text' },
  })
  const [, url] = await running.until(/workers ready in \S+ \S+(?: on (http:\S+))?;/)
  return { running, cwd, url: url! }
}

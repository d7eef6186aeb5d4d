// Ctrl+C at a terminal, which `script` provides: the drain waits for work, and not for clients that are idle. Every other
// signal keeps an idle connection until its client knows about the end.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import http from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../../../test/free-port.ts'
import { untilFile } from '../../../../test/until-file.ts'
import { launch, program, project } from '../project.ts'

const CTRL_C = '\u0003'

/** Idle connections would be kept for ten minutes. */
const application = (port: number) => `
import { Application } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
const routes = defineRoutes('', (route) => {
  route.get('/', () => 'idle')
  route.get('/slow', async () => {
    console.log('WORKS')
    ${untilFile('go')}
    return 'finished'
  })
})
const limits = { idleTimeoutOnDrain: 600_000, keepAliveTimeout: 600_000 }
export const app = new Application({ shutdown: { drain: '20m' } })
  .addModule(new WebModule({ routes: [routes], port: ${port}, host: '127.0.0.1', limits }))
`

const ways = ['start app.ts', 'start app.ts --workers 2', 'run app.ts --no-reload', 'run app.ts']

test.each(ways)(
  'Ctrl+C of `myfy %s` waits for work, and not for an idle connection',
  async (words) => {
    const { cwd, port, client } = await setUp()
    // "exec": a shell that stays, as dash does, ends by the signal itself.
    const command = ['exec', program.node, ...program.args, words].join(' ')
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd,
      env: { ...process.env, NODE_ENV: undefined },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    await until(() => get(port, '/', client))
    const slow = get(port, '/slow')
    await expect.poll(() => output, { timeout: 30_000 }).toContain('WORKS')
    child.stdin.write(CTRL_C)
    await expect.poll(() => output, { timeout: 30_000 }).toMatch(/draining|finishing/)
    writeFileSync(`${cwd}/go`, '')
    expect(await slow).toBe('finished')
    expect(await ended).toBe(0)
  },
  60_000,
)

test.each(ways)(
  'a second Ctrl+C of `myfy %s` ends it at once, and tells nothing untrue',
  async (words) => {
    const { cwd, port } = await setUp()
    const command = ['exec', program.node, ...program.args, words].join(' ')
    const child = spawn('script', ['-qec', `stty cols 80; ${command}`, '/dev/null'], {
      cwd,
      env: { ...process.env, NODE_ENV: undefined, NO_COLOR: '1' },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    await until(() => get(port, '/'))
    const slow = get(port, '/slow').catch((error: Error) => error.message)
    await expect.poll(() => output, { timeout: 30_000 }).toContain('WORKS')
    child.stdin.write(CTRL_C)
    await expect.poll(() => output, { timeout: 30_000 }).toMatch(/waiting for|finishing/)
    // At first it counts as the same key press.
    const pressing = setInterval(() => child.stdin.write(CTRL_C), 350)
    expect(await ended.finally(() => clearInterval(pressing))).toBe(130)
    expect(await slow).not.toBe('finished')
    // The limit of the drain is 20 minutes: nothing is slow, and there is nothing to correct.
    expect(output).not.toMatch(/Correct each|press Ctrl\+C again[\s\S]*press Ctrl\+C again|killing it/)
    for (const line of screenOf(output)) expect(line.length).toBeLessThanOrEqual(80)
  },
  60_000,
)

/** The lines as a terminal shows them: what follows a carriage return covers what was there. */
const screenOf = (output: string) =>
  output
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.split('\r').reduce((shown, part) => part + shown.slice(part.length), ''))

test('SIGINT from a program, as PM2 sends it, keeps an idle connection for one more request', async () => {
  const { cwd, port, client } = await setUp()
  // Not in the foreground of a terminal: a session of its own.
  const running = launch(program.node, [...program.args, 'start', 'app.ts'], { cwd, detached: true })
  await running.until('ready in')
  await get(port, '/', client)
  running.kill('SIGINT')
  await running.until('draining')
  expect(await get(port, '/', client)).toBe('idle')
  expect((await running.ended).code).toBe(0)
}, 60_000)

async function setUp() {
  const port = await freePort()
  const cwd = project({ 'app.ts': application(port) })
  const client = new http.Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => client.destroy())
  return { cwd, port, client }
}

function get(port: number, path: string, agent: http.Agent | false = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path, agent }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text) => {
        body += text
      })
      response.on('end', () => resolve(body)).on('error', reject)
    })
    request.on('error', reject)
  })
}

async function until(attempt: () => Promise<string>): Promise<void> {
  await expect.poll(() => attempt().catch(() => ''), { timeout: 30_000 }).toBe('idle')
}

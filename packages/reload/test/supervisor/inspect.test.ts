import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { attachDebugger, pauseInDebugger } from '../debugger-client.ts'
import { application, freePort, isAlive, type Supervised, superviseProject } from '../supervised-process.ts'

const breakpoint = fileURLToPath(new URL('../fixtures/breakpoint.mjs', import.meta.url))

/** Sets a breakpoint in the handler of `/`, asks for it, and returns whether the debugger saw it. */
function pauses(app: Supervised, inspect: string): boolean {
  const source = application(app.port)['app.ts']!
  const line = String(source.split('\n').findIndex((text) => text.includes("route.get('/',")) + 1)
  const args = [
    '--experimental-websocket',
    breakpoint,
    inspect,
    app.project.file('app.ts'),
    line,
    String(app.port),
  ]
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim() === `paused at line ${line}`
}

const touched = (port: number, text: string) => ({ 'app.ts': `${application(port)['app.ts']}// ${text}\n` })

describe('a debugger', () => {
  test('binds a breakpoint at the start, after a swap, and after a hand-over to a new process', async () => {
    const inspect = String(await freePort())
    const app = await superviseProject(application, { inspect })
    await app.next('ready')
    expect(pauses(app, inspect)).toBe(true)
    app.project.write(touched(app.port, 'swapped'))
    expect(await app.next('ready')).toMatchObject({ kind: 'swap' })
    expect(pauses(app, inspect)).toBe(true)
    app.project.write({ '.env': 'A=1' })
    expect(await app.next('ready')).toMatchObject({ kind: 'process' })
    expect(pauses(app, inspect)).toBe(true)
  })

  test('of NODE_OPTIONS listens in the process of the application', async () => {
    const inspect = String(await freePort())
    const app = await superviseProject(application, {
      env: { ...process.env, NODE_OPTIONS: `--inspect=127.0.0.1:${inspect}` },
    })
    await app.next('ready')
    expect(pauses(app, inspect)).toBe(true)
  })

  test('comes back to the running application when a new process does not start', async () => {
    const inspect = String(await freePort())
    const app = await superviseProject(application, { inspect })
    await app.next('ready')
    app.project.write({ 'message.ts': 'export const message = {{', '.env': 'A=1' })
    await app.next('failed')
    await expect.poll(() => listed(inspect), { timeout: 20_000 }).toBe(true)
    expect(pauses(app, inspect)).toBe(true)
  })
})

describe('a process with an attached debugger', () => {
  test.each([
    ['ends', attachDebugger, { code: 0, signal: null }, 0],
    ['is killed if it is paused', pauseInDebugger, { code: 1, signal: null }, 1],
  ])('%s at Ctrl+C', async (_, debug, end, killed) => {
    const inspect = String(await freePort())
    const app = await superviseProject(application, { inspect })
    await app.next('ready')
    await debug(inspect)
    app.process.kill('SIGINT')
    expect(await app.exited).toEqual(end)
    expect(app.count('killed')).toBe(killed)
  })

  test.each([
    ['not paused', attachDebugger],
    ['paused', pauseInDebugger],
  ])('ends after a hand-over, %s by it, and the next one can be debugged', async (_, debug) => {
    const inspect = String(await freePort())
    const app = await superviseProject(application, { inspect })
    await app.next('ready')
    const { pid } = JSON.parse((await app.get('/pid')).body) as { pid: number }
    await debug(inspect)
    app.project.write({ '.env': 'A=1' })
    expect(await app.next('ready')).toMatchObject({ kind: 'process' })
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false)
    await expect.poll(() => listed(inspect), { timeout: 20_000 }).toBe(true)
    expect(pauses(app, inspect)).toBe(true)
  })

  test('ends if the application calls process.exit()', async () => {
    const inspect = String(await freePort())
    const exits = (port: number) => ({
      ...application(port),
      'message.ts': `process.on('SIGUSR2', () => process.exit(9))\nexport const message = 'one'\n`,
    })
    const app = await superviseProject(exits, { inspect })
    await app.next('ready')
    const { pid } = JSON.parse((await app.get('/pid')).body) as { pid: number }
    await attachDebugger(inspect)
    process.kill(pid, 'SIGUSR2')
    expect(await app.next('crashed')).toMatchObject({ code: 9 })
  })
})

const listed = (port: string) =>
  fetch(`http://127.0.0.1:${port}/json/list`).then(
    async (response) => ((await response.json()) as unknown[]).length === 1,
    () => false,
  )

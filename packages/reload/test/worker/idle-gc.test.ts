import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { application, superviseProject } from '../supervised-process.ts'

const probe = (port: number) => ({
  ...application(port),
  'app.ts': application(port)['app.ts']!.replace(
    `route.get('/pid'`,
    `route.get('/probe', () => {
    ;(globalThis as any).gc()
    const { heapUsed } = process.memoryUsage()
    const kinds: Record<string, number> = {}
    for (const kind of process.getActiveResourcesInfo()) kinds[kind] = (kinds[kind] ?? 0) + 1
    const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
    return { heapUsed, kinds, listeners, pid: process.pid }
  })
  route.get('/pid'`,
  ),
})

/** `MYFY_HEAVY=1`: some minutes. */
test.runIf(process.env.MYFY_HEAVY)('500 reloads leave nothing behind', { timeout: 600_000 }, async () => {
  const app = await superviseProject(probe, { exposeGc: true })
  await app.next('ready')
  let after50: Probe | undefined
  for (let edit = 1; edit <= 500; edit++) {
    app.project.write({ 'message.ts': `export const message: string = 'edit ${edit}.'\n` })
    await app.until(`edit ${edit}.`)
    await app.next('replaced')
    if (edit === 50) after50 = JSON.parse((await app.get('/probe')).body)
  }
  const after500: Probe = JSON.parse((await app.get('/probe')).body)
  console.log(
    after50,
    after500,
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${after500.pid}/status`, 'utf8'))?.[1]) / 1024,
  )
  expect(after500.pid).toBe(after50!.pid)
  expect(after500.heapUsed / after50!.heapUsed).toBeLessThan(1.3)
  expect(after500.kinds).toEqual(after50!.kinds)
  expect(after500.listeners).toBe(after50!.listeners)
})

interface Probe {
  readonly heapUsed: number
  readonly kinds: Record<string, number>
  readonly listeners: number
  readonly pid: number
}

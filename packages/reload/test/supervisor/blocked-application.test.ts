import { describe, expect, test } from 'vitest'
import { application, type Supervised, superviseProject } from '../supervised-process.ts'

/** An application with a route that blocks its process for some time, or forever. */
const blocking = (port: number) => ({
  ...application(port),
  'work.ts': `export function work(ms: number): string {
  console.log('WORKS')
  const end = Date.now() + ms
  while (Date.now() < end);
  return 'worked'
}
`,
  'app.ts': application(port)
    ['app.ts']!.replace(
      `route.get('/pid'`,
      `route.get('/work', ({ request }) => work(Number(new URL(request.url).searchParams.get('ms') ?? Infinity)))\n  route.get('/pid'`,
    )
    .replace(`import { message }`, `import { work } from './work.ts'\nimport { message }`),
})
const repaired = { 'work.ts': `export const work = (ms: number): string => 'repaired'\n` }

describe('an application that blocks its process', () => {
  test('does not spoil a saved fix: a new process takes over, and the blocked one is killed', async () => {
    const app = await superviseProject(blocking)
    await app.next('ready')
    app.get('/work').catch(() => {})
    await app.printed('WORKS')
    app.project.write(repaired)
    expect(await app.next('unresponsive')).toMatchObject({ ms: 2_000 })
    expect(await app.next('ready')).toMatchObject({ kind: 'process', files: [app.project.file('work.ts')] })
    expect((await app.get('/work')).body).toContain('repaired')
    await app.next('killed')
    expect(app.count('failed'), app.output()).toBe(0)
    // Later saves are ordinary ones.
    app.project.write({ 'message.ts': `export const message: string = 'two'\n` })
    expect(await app.next('ready')).toMatchObject({ kind: 'swap' })
  })

  test('finishes a long job that was under way, and its answer arrives', async () => {
    const app = await superviseProject(blocking)
    await app.next('ready')
    const answer = app.get('/work?ms=4000')
    await app.printed('WORKS')
    app.project.write({ 'message.ts': `export const message: string = 'two'\n` })
    expect(await app.next('ready')).toMatchObject({ kind: 'process' })
    await app.until('two')
    expect((await answer).body).toContain('worked')
    expect(app.count('killed')).toBe(0)
  })

  test('that is exclusive is stopped first', async () => {
    const app = await superviseProject((port) => ({
      ...blocking(port),
      'data.ts': application(0)['data.ts']!.replace(
        `constructor()`,
        `readonly exclusive = true\n  constructor()`,
      ),
    }))
    await app.next('ready')
    app.get('/work').catch(() => {})
    await app.printed('WORKS')
    app.project.write(repaired)
    await app.next('killed')
    expect(await app.next('ready')).toMatchObject({ kind: 'process' })
    expect((await app.get('/work')).body).toContain('repaired')
  })
})

describe('a stop', () => {
  /** Resolves to the silence after which the process was killed, in ms. */
  const stopped = async (app: Supervised): Promise<number> => {
    app.process.kill('SIGINT')
    const { ms } = await app.next('killed')
    expect(await app.exited).toMatchObject({ signal: null })
    return ms
  }

  test.each([
    ['is being replaced', 'unresponsive'],
    ['was replaced', 'ready'],
  ] as const)('kills a blocked application that %s, because it was silent before', async (_, event) => {
    const app = await superviseProject(blocking)
    await app.next('ready')
    app.get('/work').catch(() => {})
    await app.printed('WORKS')
    app.project.write(repaired)
    await app.next(event)
    expect(await stopped(app)).toBe(2_500)
  })

  test('waits longer for an application that nothing was asked of, because a job may be under way', async () => {
    const app = await superviseProject(blocking)
    await app.next('ready')
    const answer = app.get('/work?ms=3500')
    await app.printed('WORKS')
    app.process.kill('SIGINT')
    expect((await answer).body).toContain('worked')
    expect(await app.exited).toEqual({ code: 0, signal: null })
    expect(app.count('killed')).toBe(0)
  })
})

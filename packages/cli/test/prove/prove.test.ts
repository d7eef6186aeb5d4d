import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { launch, myfy, project, write } from '../project.ts'

const app = (requires: string) => `
  import { Application, defineModule } from '@myfy/core'

  export function createApp() {
    const open = new Set<string>()
    const cache = defineModule({ name: 'cache', async start() { await null; open.add('cache') } })
    const feed = defineModule({
      name: 'feed',
      requires: ${requires},
      async start() {
        await null
        if (!open.has('cache')) throw new Error('the cache is not open')
      },
    })
    return new Application({ modules: [cache, feed], startup: { concurrency: 'levels' } })
  }

  export const app = createApp()
`

test('a problem is reported, written as a test, and replayed', async () => {
  const cwd = project({ 'src/app.ts': app('[]') })
  const { code, stdout } = await myfy(['prove'], { cwd })
  expect(code).toBe(1)
  expect(stdout).toContain('✗ start of feed fails: the cache is not open')
  expect(stdout).toContain('! 0 ms  start of feed runs, before the others')
  const path = /^test: +(\S+)$/m.exec(stdout)![1]!
  expect(existsSync(join(cwd, path))).toBe(true)
  const seed = /--replay (\S+)/.exec(stdout)![1]!
  expect(readFileSync(join(cwd, path), 'utf8')).toContain(`replay(createApp, '${seed}'`)

  const again = await myfy(['prove', 'src/app.ts:createApp', '--replay', seed, '--json'], { cwd })
  expect(again.code).toBe(1)
  expect(JSON.parse(again.stdout)).toMatchObject({ problems: ['start of feed fails: the cache is not open'] })
})

test('an application without a problem ends with 0', async () => {
  const cwd = project({ 'src/app.ts': app("['cache']") })
  const { code, stdout } = await myfy(['prove'], { cwd })
  expect(stdout).toMatch(/^✓ no problem in all \d+ interleavings$/m)
  expect(code).toBe(0)
  const { ok, left, isComplete, problems } = JSON.parse((await myfy(['prove', '--json'], { cwd })).stdout)
  expect({ ok, left, isComplete, problems }).toEqual({ ok: true, left: 0, isComplete: true, problems: [] })
})

describe('an entry that creates its application once', () => {
  /** The state of a file, which two applications in one process would share. */
  const files = (requires: string, entry: string) => ({
    'src/state.ts': 'export const open = new Set<string>()',
    'src/modules.ts': `
      import { defineModule } from '@myfy/core'
      import { open } from './state.ts'

      process.on('SIGHUP', () => {})
      if (open.size > 0) throw new Error('the state of another application is left')

      export const cache = defineModule({ name: 'cache', async start() { await null; open.add('cache') } })
      export const feed = defineModule({
        name: 'feed',
        requires: ${requires},
        async start() {
          await null
          if (!open.has('cache')) throw new Error('the cache is not open')
        },
      })`,
    'src/app.ts': `
      import { Application } from '@myfy/core'
      import { cache, feed } from './modules.ts'

      const app = new Application({ modules: [cache, feed], startup: { concurrency: 'levels' } })
      ${entry}`,
  })

  test.each([
    ['exports it', 'export { app }'],
    ['exports it as default', 'export default app'],
    ['runs it', 'await app.run()'],
    ['exports and runs it', 'export { app }\nawait app.run()'],
  ])('and %s is loaded anew for each interleaving', async (_, entry) => {
    const cwd = project(files("['cache']", entry))
    const { code, stdout } = await myfy(['prove'], { cwd })
    expect(stdout).toMatch(/^✓ no problem in all \d+ interleavings$/m)
    expect(stdout).toContain('src/app.ts was loaded anew for each interleaving')
    expect(code).toBe(0)
  })

  test('has a problem that is replayed, and a test that fails until it is solved', async () => {
    const cwd = project(files('[]', 'export { app }'))
    const { code, stdout } = await myfy(['prove'], { cwd })
    expect(code).toBe(1)
    expect(stdout).toContain('✗ start of feed fails: the cache is not open')
    const seed = /--replay (\S+)/.exec(stdout)![1]!
    expect((await myfy(['prove', '--replay', seed], { cwd })).code).toBe(1)
    const file = /^test: +(\S+)$/m.exec(stdout)![1]!
    renameSync(join(cwd, file), join(cwd, file.replace('.ts', '.mjs')))
    const test = file.replace('.ts', '.mjs')
    const before = await launch(process.execPath, ['--test', test], { cwd }).ended
    expect(before.output).toContain('start of feed has failed: the cache is not open')
    expect(before.code).toBe(1)
    write(cwd, files("['cache']", 'export { app }'))
    const after = await launch(process.execPath, ['--test', test], { cwd }).ended
    expect(after.code).toBe(0)
  })

  test('in JavaScript is loaded anew as well', async () => {
    const cwd = project({
      'app.js': `
        import { Application, defineModule } from '@myfy/core'
        export const app = new Application({ modules: [defineModule({ name: 'one', async start() { await null } })] })`,
    })
    const { code, stdout } = await myfy(['prove'], { cwd })
    expect(stdout).toMatch(/^✓ no problem in all \d+ interleavings$/m)
    expect(code).toBe(0)
  })
})

test('an entry without an application, one that fails, and wrong values are refused', async () => {
  const cwd = project({
    'src/app.ts': 'export const answer = 42',
    'src/broken.ts': "throw new Error('no license')",
  })
  const results = [
    [['prove'], 2, 'Cannot find an application in src/app.ts'],
    [['prove', 'src/broken.ts'], 1, 'no license'],
    [['prove', '--time', 'soon'], 2, 'Cannot use --time soon'],
    [['prove', '--faults', 'many'], 2, 'Cannot use --faults many'],
  ] as const
  for (const [words, exitCode, message] of results) {
    const { code, stderr } = await myfy([...words], { cwd })
    expect(stderr).toContain(message)
    expect(code).toBe(exitCode)
  }
})

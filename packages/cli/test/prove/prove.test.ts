import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { myfy, project } from '../project.ts'

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

test('an entry that creates its application once, and wrong values, are refused', async () => {
  const cwd = project({
    'src/app.ts': "import { Application } from '@myfy/core'\nexport const app = new Application()",
  })
  const results = [
    [['prove'], "it exports no function 'createApp'"],
    [['prove', '--time', 'soon'], 'Cannot use --time soon'],
    [['prove', '--faults', 'many'], 'Cannot use --faults many'],
  ] as const
  for (const [words, message] of results) {
    const { code, stderr } = await myfy([...words], { cwd })
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  }
})

// What an application does to the process it lives in.
import { Application, defineModule } from '@myfy/core'
import { expectNoLeaks } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { service } from '../process.ts'
import { quiet } from '../quiet.ts'

test('50 start and stop cycles leave no listener, timer, socket or thread, no warning, and a flat heap', async () => {
  await using app = service('cycles.ts', ['50'], { NODE_OPTIONS: '--expose-gc' })
  const { code } = await app.ended
  expect(app.output, app.output).toContain('left: nothing')
  expect(app.output).not.toContain('MaxListeners')
  expect(Number(/heap grew by (-?\d+) kB/.exec(app.output)?.[1])).toBeLessThan(1_000)
  expect(code).toBe(0)
}, 60_000)

describe('expectNoLeaks', () => {
  test('accepts an application that cleans up', async () => {
    await expectNoLeaks(async () => {
      const app = new Application({
        logger: quiet,
        modules: [defineModule({ name: 'a', start: ({ every }) => every(1_000, 'tick', () => {}) })],
      })
      await app.startModules()
      await app.stopModules()
    })
  })

  test('names a timer and a listener that were left', async () => {
    let timer: NodeJS.Timeout | undefined
    const listener = () => {}
    const leak = expectNoLeaks(() => {
      timer = setInterval(() => {}, 10_000)
      process.on('SIGUSR2', listener)
    })
    await expect(leak).rejects.toThrow(/SIGUSR2 listener\(s\) on process.*1 Timeout left open/)
    clearInterval(timer)
    process.off('SIGUSR2', listener)
  })
})

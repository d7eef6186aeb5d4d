import { expect, test } from 'vitest'
import { service } from '../process.ts'

test.concurrent('a stop hook that blocks the event loop ends with its own budget, not with that of the drain', async ({
  expect,
}) => {
  await using app = service('kernel.ts', ['blocked stop'])
  await app.says('READY')
  const { signal, ms } = await app.kill('SIGTERM')
  expect(signal).toBe('SIGKILL')
  // That of the drain is 30 s.
  expect(ms).toBeLessThan(30_000)
  expect(app.output).toContain('the watchdog ends the process')
})

test.concurrent('a program that spins in microtasks after its stop is ended', async () => {
  await using app = service('kernel.ts', ['spinning leftover'])
  await app.says('READY')
  const { signal } = await app.kill('SIGTERM')
  expect(app.output).toContain('db closed')
  expect(signal).toBe('SIGKILL')
})

test.concurrent('a process that is paused for longer than its budget finishes its stop afterwards', async ({
  expect,
}) => {
  await using app = service('kernel.ts', ['paused'], { STOP: '1000' })
  await app.says('READY')
  app.child.kill('SIGTERM')
  await app.says('db stops')
  app.child.kill('SIGSTOP')
  // The time that passes in the paused process is the subject: one with the same budget is ended by its watchdog meanwhile.
  await using other = service('kernel.ts', ['blocked stop'], { STOP: '1000' })
  await other.says('READY')
  expect((await other.kill('SIGTERM')).signal).toBe('SIGKILL')
  app.child.kill('SIGCONT')
  expect((await app.ended).code).toBe(0)
  expect(app.output).toContain('db closed')
})

test.concurrent.each(['start', 'stop'])('time at a breakpoint in %s does not count', async (hook) => {
  await using app = service('kernel.ts', [`breakpoint in ${hook}`], { STOP: '2000' })
  await app.says('READY')
  const { code } = await app.kill('SIGTERM')
  expect(app.output).toContain('resumed')
  expect(app.output).toContain('db closed')
  expect(code).toBe(0)
})

test.concurrent('an application that has ended leaves another one in the process its time', async () => {
  await using app = service('kernel.ts', ['two applications'])
  await Promise.all([app.says('\nREADY'), app.says('SECOND READY')])
  const { code } = await app.kill('SIGTERM')
  expect(app.output).toContain('db closed')
  expect(app.output).toContain('slow run resolved to 0')
  expect(app.output).toMatch(/stopped in .* app=slow/)
  expect(code).toBe(0)
})

test.concurrent('an application that has ended leaves the next one in the process its time', async () => {
  await using app = service('kernel.ts', ['next application'], { MYFY_GRACE_PERIOD: '2s', STOP: '20000' })
  await app.says('READY')
  await app.kill('SIGTERM')
  expect(app.output).toContain('NEXT READY')
  expect(app.output).toContain('next run resolved to 0')
  expect(app.output).not.toContain('kept alive')
})

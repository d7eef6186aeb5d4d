import { describe, expect, test } from 'vitest'
import { service } from '../process.ts'

/** A call of process.exit in a stop hook, and the exit code of the process. */
const exits: Array<[string, number]> = [
  ['exit 1 in stop', 1],
  ['exit "4" in stop', 4],
  ['exit without a code in stop', 9],
  ['exit 0 in a stop that fails', 3],
]

describe('process.exit', () => {
  test.each(exits)(
    '%s: the stop ends, the worst code is the exit code, the call is named',
    async (scenario, code) => {
      await using app = service('kernel.ts', [scenario])
      await app.says('READY')
      expect((await app.kill('SIGTERM')).code).toBe(code)
      expect(app.output).toContain('db closed')
      expect(app.output).toContain('was called during the stop')
      expect(app.output).toContain('kernel.ts:')
      expect(app.output).not.toContain('hook-run.ts')
    },
  )

  test('while running ends the process, and the call is named with its place', async () => {
    await using app = service('kernel.ts', ['exit 6 while running'])
    expect((await app.ended).code).toBe(6)
    expect(app.output).toContain('process.exit(6) was called; the process ends without a stop')
    expect(app.output).toContain('kernel.ts:')
  })
})

test('work after a run that the program has stopped is not cut', async () => {
  await using app = service('kernel.ts', ['work after run'])
  expect((await app.ended).code).toBe(0)
  expect(app.output).toContain('report uploaded')
})

test('a worker of node:cluster stops when the primary disconnects it', async () => {
  await using app = service('kernel.ts', ['cluster'])
  await app.ended
  expect(app.output).toContain('db closed')
  expect(app.output).toContain('worker exited 0 null')
})

import { beforeAll, describe, expect, test } from 'vitest'
import { myfy, project, type Result } from '../project.ts'

const app = `
import { Application, defineModule } from '@myfy/core'
const results = { nothing: undefined, zero: 0, seven: 7, sets: undefined, 'sets-and-returns': 0 }
export const app = new Application()
app.addModule(defineModule({
  name: 'data',
  start() { app.logger.info({}, 'connected') },
  stop() { if (process.env.STOP === 'fails') throw new Error('disk full') },
  commands: () => [
    ...Object.entries(results).map(([name, result]) => ({
      name, description: name, starts: true, run: ({ print }) => { print('one'); app.logger.info({}, 'between'); print('two'); if (name.startsWith('sets')) process.exitCode = 5; return result },
    })),
    { name: 'throws', description: 'throws', starts: true, run: () => { throw new Error('no such row') } },
    { name: 'logs', description: 'logs', run: ({ print }) => { print('one'); console.log('two'); app.logger.info({}, 'between'); console.log('three') } },
  ],
}))
`

describe('a command that starts the application', () => {
  const results = new Map<string, Result>()
  beforeAll(async () => {
    const cwd = project({ 'app.mjs': app })
    for (const name of ['nothing', 'zero', 'seven', 'sets', 'sets-and-returns', 'throws'])
      for (const STOP of ['works', 'fails'])
        results.set(`${name} ${STOP}`, await myfy([name], { cwd, env: { STOP } }))
  }, 120_000)

  test.each([
    ['nothing', 'works', 0],
    ['nothing', 'fails', 3],
    ['zero', 'works', 0],
    ['zero', 'fails', 3],
    ['seven', 'works', 7],
    ['seven', 'fails', 7],
    ['sets', 'works', 5],
    ['sets', 'fails', 5],
    ['sets-and-returns', 'works', 0],
    ['sets-and-returns', 'fails', 3],
    ['throws', 'works', 1],
    ['throws', 'fails', 1],
  ])('and returns %s ends with its code when the stop %s: %i', (name, stop, code) => {
    const result = results.get(`${name} ${stop}`)!
    expect(result.code, result.stderr).toBe(code)
    if (name === 'throws') expect(result.stderr).toContain('no such row')
    if (stop === 'fails') expect(result.stderr).toContain('disk full')
  })

  test('prints its result to standard output, and log lines to standard error', () => {
    const { stdout, stderr } = results.get('zero works')!
    expect(stdout).toBe('one\ntwo\n')
    expect(stderr).toContain('between')
  })
})

test('console.log in a command is part of its result', async () => {
  const { stdout, stderr } = await myfy(['logs'], { cwd: project({ 'app.mjs': app }) })
  expect(stdout).toBe('one\ntwo\nthree\n')
  expect(stderr).toContain('between')
})

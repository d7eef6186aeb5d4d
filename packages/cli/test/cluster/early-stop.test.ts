// A SIGTERM while the application loads, which something that was imported handles: it would not end the process.
import { expect, test } from 'vitest'
import { project, start } from '../project.ts'
import { application } from './application.ts'

const source = `
console.log('LOADING', process.env.MYFY_WORKER)
if (process.env.LOADED !== process.env.MYFY_WORKER) await new Promise((resolve) => process.once('SIGTERM', resolve))
${application('one')}
`

test.each([
  ['the first worker', 1, '0'],
  ['the second worker', 2, '1'],
])('stops %s when it has loaded', { timeout: 60_000 }, async (_, worker, loaded) => {
  const cwd = project({ 'app.mjs': source })
  const env = { LOG_FORMAT: 'text', LOADED: loaded }
  const running = start(['start', 'app.mjs', '--workers', '2'], { cwd, env })
  await running.until(`LOADING ${worker}`)
  running.kill('SIGTERM')
  const { code, output } = await running.ended
  expect(output).not.toMatch(/has not stopped|SIGKILL/)
  expect(code, output).toBe(0)
})

test.each(['start', 'run'])('ends `myfy %s` whose preload handles it', async (command) => {
  const cwd = project({
    'preload.mjs': `process.on('SIGTERM', () => console.log('PRELOAD'))`,
    'app.mjs': `console.log('LOADING')\nawait new Promise((resolve) => setInterval(resolve, 1_000_000))`,
  })
  const running = start([command, 'app.mjs'], { cwd, env: { NODE_OPTIONS: '--import ./preload.mjs' } })
  await running.until('LOADING')
  running.kill('SIGTERM')
  const { code, output } = await running.ended
  expect(code, output).toBe(0)
})

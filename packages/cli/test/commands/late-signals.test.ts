// A Ctrl+C reaches a process more than once: from the terminal, and forwarded by npm and npx, some of them late.

import { describe, expect, test } from 'vitest'
import { handlePrimarySignals } from '../../src/cluster/primary-signals.ts'
import { launch, program, project, write } from '../project.ts'

const files = {
  'main.js': `import { existsSync } from 'node:fs'
import { Application } from '@myfy/core'
const app = new Application()
app.on('ready', () => console.log('it runs'))
await app.run()
// Something that a library has left open, until there is a file.
const left = setInterval(() => existsSync('signalled') && clearInterval(left), 1)
console.log('the run is over')
`,
}

describe('a signal that arrives when the application has stopped', () => {
  test.each([
    ['node main.js', ['main.js']],
    ['myfy start', [...program.args, 'start', 'main.js']],
    ['myfy run --no-reload', [...program.args, 'run', '--no-reload', 'main.js']],
  ])('does not make the clean end of %s a failure', async (_, words) => {
    const cwd = project(files)
    const running = launch(program.node, words, { cwd })
    await running.until('it runs')
    running.kill('SIGINT')
    await running.until('the run is over')
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) running.kill(signal)
    write(cwd, { signalled: '' })
    expect(await running.ended).toMatchObject({ code: 0, signal: null })
  })

  test('is ignored by the primary of workers', () => {
    const before = process.listenerCount('SIGINT')
    const remove = handlePrimarySignals({ stop() {}, ignored() {}, restart() {} })
    remove()
    expect(process.listenerCount('SIGINT')).toBe(before + 1)
  })
})

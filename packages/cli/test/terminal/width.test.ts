// The text of commands in the width of a terminal, which `script` provides.
import { expect, test } from 'vitest'
import { launch, program, project, start } from '../project.ts'

const app = `import { Application, defineModule } from '@myfy/core'
export const app = new Application().addModule(defineModule({ name: 'payments', requires: ['the-ledger-of-the-accounting-department'] }))
`
const commands = [
  'doctor --app app.ts',
  'modules --app app.ts --a-misspelled-option-that-does-not-exist-and-has-a-long-name',
  'health --url http://127.0.0.1:1/health',
]

const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '')

test.each(commands)(
  'myfy %s breaks no word at 80 and 120 columns, and no line through a pipe',
  async (line) => {
    const words = line.split(' ')
    const cwd = project({ 'app.ts': app })
    const piped = await start(words, { cwd }).ended
    for (const columns of [80, 120]) {
      const command = [program.node, ...program.args, ...words].join(' ')
      const shell = `stty cols ${columns} && ${command} 2>&1`
      const { stdout } = await launch('script', ['-qec', shell, '/dev/null'], { cwd, env: { NO_COLOR: '1' } })
        .ended
      const lines = stdout.replaceAll('\r', '').split('\n')
      // A terminal breaks a line that is wider within a word.
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns)
      expect(wordsOf(stdout)).toEqual(wordsOf(piped.stdout + piped.stderr))
    }
    expect((piped.stdout + piped.stderr).split('\n').some((line) => line.length > 80)).toBe(true)
  },
  60_000,
)

const service = `import { Application, defineModule } from '@myfy/core'
import { singleton, token } from '@myfy/di'
import { defineRoutes, WebModule } from '@myfy/web'
const Ledger = token('the-ledger-of-the-accounting-department')
const routes = defineRoutes('/accounts', (route) => {
  route.get('/:account/statements', { inject: { ledger: Ledger }, summary: 'The statements of an account, newest first, a page of fifty at a time, with their totals' }, () => 1)
  route.get('/', { summary: 'All accounts' }, () => 1)
})
export const app = new Application()
  .addModule(defineModule({ name: 'accounting-department', configure: (container) => container.register(Ledger, { value: 1 }) }))
  .addModule(defineModule({ name: 'a-module-with-requirements', requires: ['accounting-department', 'web'], start() {}, stop() {} }))
  .addModule(new WebModule({ routes: [routes], port: 0 }))
`

test.each(['routes', 'modules', 'providers', 'plan', 'doctor'])(
  'the table of myfy %s breaks no word at 60, 80 and 120 columns',
  async (command) => {
    const cwd = project({ 'app.ts': service })
    const piped = await start([command], { cwd }).ended
    const plain = piped.stdout.split('\n')
    expect(piped.code, piped.output).toBe(0)
    if (command === 'routes')
      expect(plain.filter((line) => line.startsWith('GET     /accounts'))).toHaveLength(2)
    for (const columns of [60, 80, 120]) {
      const shell = `stty cols ${columns} && ${[program.node, ...program.args, command].join(' ')} 2>/dev/null`
      const { stdout } = await launch('script', ['-qec', shell, '/dev/null'], { cwd, env: { NO_COLOR: '1' } })
        .ended
      const lines = stdout.replaceAll('\r', '').split('\n')
      const tooWide = lines.filter((line) => line.length > columns && wordsOf(line).length > 1)
      expect(tooWide, `${columns} columns`).toEqual([])
      expect(wordsOf(stdout)).toEqual(wordsOf(piped.stdout))
    }
  },
  60_000,
)

const long = (name: string) => `const ${name} = [${"'a text', ".repeat(20)}]`
const broken = `import { defineModule } from '@myfy/core'
${long('rows')}
defineModule({ name: 'one' }).nothing(rows)
${long('more')}
`

test.each([
  'start broken.ts',
  'start broken.ts --workers 2',
  'routes --app broken.ts',
  'doctor --app broken.ts',
])(
  'myfy %s cuts the lines of a code frame at 80 columns, and names imports as the source does',
  async (line) => {
    const cwd = project({ 'broken.ts': broken })
    const shell = `stty cols 80 && ${[program.node, ...program.args, line].join(' ')} 2>&1`
    const { stdout } = await launch('script', ['-qec', shell, '/dev/null'], { cwd, env: { NO_COLOR: '1' } })
      .ended
    const lines = stdout.replaceAll('\r', '').split('\n')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
    const frame = lines.map((line) => line.replace(/^\[1\] /, '').trimStart())
    expect(frame.filter((line) => /^[24] \| const (?:rows|more) = .*…$/.test(line))).toHaveLength(2)
    expect(frame).toContain("> 3 | defineModule({ name: 'one' }).nothing(rows)")
    expect(stdout).toContain('defineModule(...).nothing is not a function')
    expect(stdout).not.toContain('__vite')
  },
  60_000,
)

test('a load that has failed is not waited for', async () => {
  const cwd = project({ 'app.ts': `setTimeout(() => console.log('LATER'), 4_000)\nthrow new Error('no')\n` })
  const running = start(['run', 'app.ts', '--port', '0'], { cwd })
  const text = await running.until(/waiting for a change[\s\S]*LATER/)
  expect(text[0]).not.toContain('waiting for the application to load')
  running.kill('SIGINT')
  await running.ended
}, 60_000)

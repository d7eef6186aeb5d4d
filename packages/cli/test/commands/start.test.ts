import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { files } from '../answer-app.ts'
import { launch, myfy, program, project, start } from '../project.ts'

describe('myfy start', () => {
  test('writes JSON through a pipe and text on request, and ends with 0 on SIGTERM', async () => {
    const cwd = project(files)
    const [json, text] = [
      start(['start', '--port', '0'], { cwd }),
      start(['start', '--log-format', 'text'], { cwd }),
    ]
    await json.until(/"message":"ready in/)
    await text.until(/info {2}ready in/)
    json.kill('SIGTERM')
    text.kill('SIGTERM')
    const [first] = await Promise.all([json.ended, text.ended])
    const lines = first.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { message: string })
    expect(lines.map(({ message }) => message).join('\n')).toMatch(
      /data started[\s\S]*Received shutdown signal SIGTERM[\s\S]*drained[\s\S]*web stopped[\s\S]*data stopped[\s\S]*exit code 0/,
    )
    expect(first.code).toBe(0)
  })

  test('resolves the own app.run() of the entry when the run has ended', async () => {
    const cwd = project({
      ...files,
      'src/main.ts': `import { app } from './app.ts'\nconst code = await app.run()\nconsole.log('the entry saw', code)`,
    })
    const running = start(['start', 'src/main.ts', '--grace', '9s'], { cwd, env: { LOG_FORMAT: 'text' } })
    await running.until('ready in')
    running.kill('SIGINT')
    const { code, output } = await running.ended
    expect(output).toContain('the entry saw 0')
    expect(output.match(/data started/g)).toHaveLength(1)
    expect(code).toBe(0)
  })

  // `--title` is an option that Node refuses for a thread.
  test.each([
    ['run', []],
    ['run --no-reload', []],
    ['start', []],
    ['start', ['--title=tracker']],
    ['start --workers 1', []],
  ])(
    'threads and child processes run the TypeScript of the application, by %s, %s',
    async (command, options) => {
      const cwd = project({
        'src/app.ts': `import { fork } from 'node:child_process'
import { Worker } from 'node:worker_threads'
import { Application, defineModule } from '@myfy/core'
const said = (child: Worker | ReturnType<typeof fork>) => new Promise((resolve, reject) => child.once('message', resolve).once('error', reject))
export const app = new Application().addModule(defineModule({ name: 'data', async start() {
  const thread = await said(new Worker(new URL('./part.ts', import.meta.url)))
  console.log('they said', thread, await said(fork(new URL('./part.js', import.meta.url))))
} }))`,
        'src/part.ts': `import { parentPort } from 'node:worker_threads'
import { text } from './text'
if (parentPort) parentPort.postMessage('thread ' + text)
else process.send!('child ' + text)`,
        'src/text.ts': `enum Text { A = 'enum' }\nexport const text = Text.A`,
      })
      const words = [...program.args, ...command.split(' '), 'src/app.ts']
      const running = launch(program.node, [...options, ...words], { cwd, env: { LOG_FORMAT: 'text' } })
      await running.until('they said thread enum child enum')
      running.kill('SIGTERM')
      await running.ended
    },
  )

  test('accepts work for the modules that --only names', async () => {
    const cwd = project(files)
    const running = start(['start', '--only', 'data', '--log-format', 'text'], { cwd })
    await running.until('ready in')
    running.kill('SIGTERM')
    const { code, output } = await running.ended
    expect(output).toContain('data started')
    expect(output).not.toContain('http://')
    expect(code).toBe(0)
    const unknown = await myfy(['start', '--only', 'tasks', '--log-format', 'text'], { cwd })
    expect(unknown.output).toMatch(/Cannot accept work for the module 'tasks' alone: it was not added/)
    expect(unknown.code).toBe(1)
  })

  test('reports a taken port in one sentence, with exit code 1', async () => {
    const server = createServer().listen(0)
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const { code, output } = await myfy(['start', '--port', String(port), '--log-format', 'text'], {
      cwd: project(files),
    })
    expect(output).toMatch(
      new RegExp(`Cannot listen on .*${port}: the address is in use by another process. Stop that process`),
    )
    expect(code).toBe(1)
  })

  test('ends with 1 for a failed start, 78 for invalid settings, 130 for a second SIGINT', async () => {
    const head = `import { Application, defineModule, defineSettings } from '@myfy/core'\nimport { z } from 'zod'\n`
    const failing = project({
      'app.mjs': `${head}export const app = new Application().addModule(defineModule({ name: 'data', start() { throw new Error('no database') } }))`,
    })
    const invalid = project({
      'app.mjs': `${head}export const app = new Application({ settings: defineSettings(z.object({ a: z.string(), b: z.string() })) })`,
    })
    const hanging = project({
      'app.mjs': `${head}export const app = new Application().addModule(defineModule({ name: 'slow', stop: () => new Promise(() => {}) }))`,
    })
    const env = { LOG_FORMAT: 'text' }
    const stuck = start(['start'], { cwd: hanging, env })
    const [first, second] = await Promise.all([
      myfy(['start'], { cwd: failing, env }),
      myfy(['start'], { cwd: invalid, env }),
    ])
    expect([first.code, second.code]).toEqual([1, 78])
    expect(first.output).toContain('no database')
    expect(second.output).toMatch(/A: [\s\S]*B: /)
    await stuck.until('ready in')
    stuck.kill('SIGINT')
    await stuck.until('Received shutdown signal')
    const { code } = await stuck.press('SIGINT', 'forcing the end')
    expect(code).toBe(130)
  })
})

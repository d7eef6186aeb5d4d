// Runs the examples of the documents: programs as processes that receive a signal, the others in the evaluator. An
// example with `declare` is compiled only (docs.test.ts).
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Block, blocks, documents, root } from './markdown.ts'
import { exampleProject, flags } from './project.ts'

interface Evaluated {
  readonly file: string
  readonly lines: readonly string[]
  readonly error?: string
}

const project = exampleProject()
// The tools of the example of a configuration.
for (const name of ['typescript', 'vitest'])
  symlinkSync(realpathSync(join(root, 'node_modules', name)), join(project, 'node_modules', name))
// The entry for the example of a custom supervisor.
mkdirSync(join(project, 'src'))
writeFileSync(
  join(project, 'src/app.ts'),
  "import { Application } from '@myfy/core'\n\nexport const app = new Application()\n",
)
// In the same folder as the examples, so that both resolve the same packages.
const evaluator = join(project, 'evaluator.ts')
copyFileSync(join(root, 'test/fixtures/evaluator.ts'), evaluator)

const examples = documents
  .flatMap(blocks)
  .filter(({ code }) => !/^\s*declare /m.test(code))
  .map((block) => ({ ...block, file: join(project, basename(block.file)) }))
for (const { file, code } of examples) {
  // Any free port, because other tests run at the same time.
  writeFileSync(file, code.replace(/\bport: \d+/g, 'port: 0'))
}
/** Reports whether an example runs until a signal. The evaluator runs the others. */
const waits = ({ code }: Block) => /^await (?:\w+\.run|supervisor\.start)\(/m.test(code)
const hasRabbitMQ = await reachable(5672)
const programs = examples.filter(waits).filter(({ label }) => label !== 'rabbitmq' || hasRabbitMQ)
const others = examples.filter((block) => !waits(block))
// A run that fails ends its process 2 s later: an example that runs an application has a process to itself.
const runs = ({ code }: Block) => /^(?!.*\/\/.*\.run\().*\.run\(/m.test(code)

test('most examples are run', () => {
  expect(programs.length).toBeGreaterThanOrEqual(5)
  expect(others.length).toBeGreaterThanOrEqual(25)
})

describe('the program at', () => {
  test.each(programs.map((block) => [block.where, block] as const))(
    '%s runs until a signal stops it',
    async (_, block) => {
      const child = spawn(process.execPath, [...flags, block.file], {
        cwd: project,
        env: { ...process.env, NO_COLOR: '1', LOG_LEVEL: 'info', LOG_FORMAT: 'text' },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let output = ''
      const ready = new Promise<void>((resolve) => {
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', (text: string) => {
            output += text
            if (/\bready\b/.test(output)) resolve()
          })
      })
      const exited = once(child, 'close')
      try {
        await Promise.race([ready, exited])
        child.kill('SIGTERM')
        const [code] = await exited
        // A custom supervisor handles signals itself; its example does not.
        const graceful = !block.code.includes('createSupervisor')
        expect({ code, output }).toEqual({
          code: graceful ? 0 : null,
          output: expect.stringMatching(/\bready\b/),
        })
      } finally {
        child.kill('SIGKILL')
      }
      // The expected lines appear between log lines, in this order, once each.
      const printed = output.split('\n').filter((line) => block.output?.includes(line))
      expect(printed).toEqual(block.output ?? [])
    },
  )
})

describe('the example at', () => {
  const results = new Map<string, Evaluated>()

  beforeAll(async () => {
    await evaluate(others.filter((block) => !runs(block)))
    for (const block of others.filter(runs)) await evaluate([block])
  }, 240_000)

  async function evaluate(blocks: readonly Block[]): Promise<void> {
    const child = fork(
      evaluator,
      blocks.map(({ file }) => file),
      {
        cwd: project,
        execArgv: [...flags],
        env: { ...process.env, NO_COLOR: '1', LOG_LEVEL: 'silent' },
      },
    )
    child.on('message', (result: Evaluated) => results.set(result.file, result))
    // Unlike 'close', 'disconnect' comes after the last message.
    await once(child, 'disconnect')
  }

  test.each(others.map((block) => [block.where, block] as const))(
    '%s prints its output',
    (_, { file, output }) => {
      const result = results.get(file)
      expect(result?.error).toBeUndefined()
      expect(result).toBeDefined()
      if (output) expect(result?.lines).toEqual(output)
    },
  )
})

/** Reports whether a server listens on a local port. */
async function reachable(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy())
}

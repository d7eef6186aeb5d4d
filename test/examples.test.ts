// The examples of the documents run: whole programs as processes that are told to stop by a signal, the others in the
// evaluator. One that `declare`s what it does not have is only compiled (docs.test.ts).
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { copyTree, stored } from '../packages/create-myfy/src/index.ts'
import { type Block, blocks, documents, root } from './markdown.ts'
import { exampleProject, flags } from './project.ts'

interface Evaluated {
  readonly file: string
  readonly lines: readonly string[]
  readonly error?: string
}

const project = exampleProject()
// What a supervisor of one's own is told to run.
mkdirSync(join(project, 'src'))
writeFileSync(
  join(project, 'src/app.ts'),
  "import { Application } from '@myfy/core'\n\nexport const app = new Application()\n",
)
// Beside the examples, so that both have the same packages.
const evaluator = join(project, 'evaluator.ts')
copyFileSync(join(root, 'test/fixtures/evaluator.ts'), evaluator)

// What create-myfy copies is made by its build; no build comes before a test.
const template = join(root, 'packages/create-myfy/template')
if (!existsSync(template)) copyTree(join(root, 'apps/starter'), template, { rename: stored })

const examples = documents
  .flatMap(blocks)
  .filter(({ code }) => !/^\s*declare /m.test(code))
  .map((block) => ({ ...block, file: join(project, basename(block.file)) }))
for (const { file, code } of examples) {
  // Many tests run beside this one: any free port instead of the reader's.
  writeFileSync(file, code.replace(/\bport: \d+/g, 'port: 0'))
}
/** It runs until a signal; what becomes of a run that ends by itself is for the evaluator. */
const waits = ({ code }: Block) => /^await (?:\w+\.run|supervisor\.start)\(/m.test(code)
const programs = examples.filter(waits)
const others = examples.filter((block) => !waits(block))

test('most examples are run', () => {
  expect(programs.length).toBeGreaterThanOrEqual(5)
  expect(others.length).toBeGreaterThanOrEqual(25)
})

describe('the program at', () => {
  test.each(programs.map((block) => [block.where, block] as const))(
    '%s runs until it is told to stop',
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
        // Whoever makes a supervisor decides on signals; that example leaves them to Node.
        const graceful = !block.code.includes('createSupervisor')
        expect({ code, output }).toEqual({
          code: graceful ? 0 : null,
          output: expect.stringMatching(/\bready\b/),
        })
      } finally {
        child.kill('SIGKILL')
      }
      // Between the log's lines, in this order and each once.
      const printed = output.split('\n').filter((line) => block.output?.includes(line))
      expect(printed).toEqual(block.output ?? [])
    },
  )
})

describe('the example at', () => {
  const results = new Map<string, Evaluated>()

  beforeAll(async () => {
    const child = fork(
      evaluator,
      others.map(({ file }) => file),
      {
        cwd: project,
        execArgv: [...flags],
        env: { ...process.env, NO_COLOR: '1', LOG_LEVEL: 'silent' },
      },
    )
    child.on('message', (result: Evaluated) => results.set(result.file, result))
    await once(child, 'close')
  }, 120_000)

  test.each(others.map((block) => [block.where, block] as const))(
    '%s does what it says',
    (_, { file, output }) => {
      const result = results.get(file)
      expect(result?.error).toBeUndefined()
      expect(result).toBeDefined()
      if (output) expect(result?.lines).toEqual(output)
    },
  )
})

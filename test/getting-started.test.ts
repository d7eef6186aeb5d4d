// docs/getting-started.md, word by word: its files are written, and its commands are run. registry.test.ts does the same
// from published packages.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { gettingStarted } from './getting-started.ts'
import { root } from './markdown.ts'
import { exampleProject } from './project.ts'

const project = exampleProject()
mkdirSync(join(project, 'node_modules/@types'))
symlinkSync(realpathSync(join(root, 'node_modules/@types/node')), join(project, 'node_modules/@types/node'))
const env = { ...process.env, NO_COLOR: '1', NODE_ENV: '', VITEST: '' }
let server: Server | undefined
afterAll(() => server?.stop())

for (const { title, actions } of gettingStarted()) {
  describe(title, () => {
    test.each(actions.map((action) => [describeAction(action), action] as const))('%s', async (_, action) => {
      if (action.type === 'write') {
        const file = join(project, action.file)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, action.content)
      } else if (/^npx myfy (?:run|start)/.test(action.command)) {
        expect(await server?.stop()).toBe(server && 0)
        server = await Server.start(action.command)
      } else if (/^npx vitest/.test(action.command)) {
        expect(await server?.stop()).toBe(server && 0)
        server = undefined
        expect(run(action.command)).toMatchObject({ status: 0 })
      } else if (!/^(?:mkdir|npm (?:init|pkg|install)|docker) /.test(action.command)) {
        const { output, status } = run(action.command)
        expect(status === 0, output).toBe(!action.fails)
        if (action.output !== undefined) expect(output.trim()).toBe(action.output)
      }
    })
  })
}

test('the files compile', { timeout: 180_000 }, () => {
  const options =
    '--noEmit --strict --module nodenext --target es2023 --allowImportingTsExtensions --skipLibCheck --lib esnext --types node --customConditions @myfy/source'
  const { output } = run(`node ${join(root, 'node_modules/typescript/bin/tsc')} ${options} src/app.ts`)
  expect(output).toBe('')
})

function describeAction(action: ReturnType<typeof gettingStarted>[number]['actions'][number]): string {
  return action.type === 'write' ? `writes ${action.file}` : action.command
}

function localCommand(command: string): string {
  return command
    .replace(/^npx myfy\b/, `node ${join(root, 'packages/cli/bin/myfy.js')}`)
    .replace('http://localhost:8000', server?.url ?? '')
}

function run(command: string): { readonly output: string; readonly status: number } {
  try {
    return {
      output: execFileSync('sh', ['-c', `${localCommand(command)} 2>&1`], {
        cwd: project,
        env,
        encoding: 'utf8',
      }),
      status: 0,
    }
  } catch (error) {
    const { stdout, status } = error as { readonly stdout: string; readonly status: number }
    return { output: stdout, status }
  }
}

/** A service that a command of the document has started, on a free port. */
class Server {
  readonly #child
  readonly url: string

  private constructor(child: ReturnType<typeof spawn>, url: string) {
    this.#child = child
    this.url = url
  }

  static async start(command: string): Promise<Server> {
    const child = spawn('sh', ['-c', `exec ${localCommand(command)} --port 0 2>&1`], {
      cwd: project,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    const url = new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text
        const found = /(http:\/\/(?:localhost|127\.0\.0\.1):\d+)/.exec(output)
        if (found?.[1] && /ready/.test(output)) resolve(found[1])
      })
      child.once('exit', () => reject(new Error(output)))
    })
    return new Server(child, await url)
  }

  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGINT')
    const [code] = await exited
    return code
  }
}

// Follows a document as a reader does: writes its files, runs its commands, keeps its service running beside them.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import type { Action } from './getting-started.ts'

/** Where a document is followed, and how. */
export interface Surrounding {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  /** Returns the command to run for one of the document. Default: the command itself. */
  readonly translate?: (command: string) => string
  /** True to run the commands that install packages. Default: they are left out. */
  readonly installs?: boolean
}

export class Walkthrough {
  folder: string
  readonly #surrounding: Surrounding
  #service: ChildProcess | undefined
  #url = ''
  #output = ''

  constructor(surrounding: Surrounding) {
    this.#surrounding = surrounding
    this.folder = surrounding.folder
  }

  /** Performs one action, and checks its output and its exit code. */
  async perform(action: Action): Promise<void> {
    if (action.type === 'write') {
      const file = join(this.folder, action.file)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, action.content)
      return
    }
    const { command } = action
    if (/^docker /.test(command)) return
    if (/^(?:mkdir|npm (?:init|pkg|install)) /.test(command) && !this.#surrounding.installs) return
    if (/^npx myfy (?:run|start)/.test(command)) return this.#start(command)
    // The document stops the service before it runs tests.
    if (/^npx vitest/.test(command)) await this.stop()
    const { output, status } = this.#run(command)
    expect(status === 0, output).toBe(!action.fails)
    if (action.output !== undefined) expect(output.trim()).toBe(action.output)
    const [, entered] = /&& cd (\S+)$/.exec(command) ?? []
    if (entered) this.folder = join(this.folder, entered)
  }

  /** Runs a command that is not in the document. */
  run(command: string): string {
    const { output, status } = this.#run(command)
    expect(status, output).toBe(0)
    return output
  }

  /** Stops the service as Ctrl+C does: the signal reaches every process of the terminal, and npx ends by it at once. */
  async stop(): Promise<void> {
    const service = this.#service
    this.#service = undefined
    if (!service || service.exitCode !== null) return
    // The output closes when the last process has ended.
    const closed = once(service, 'close')
    process.kill(-service.pid!, 'SIGINT')
    const [code, signal] = await closed
    expect(code ?? signal, this.#output).toBe(code === null ? 'SIGINT' : 0)
    expect(this.#output).not.toMatch(/exit code [1-9]/)
  }

  async #start(command: string): Promise<void> {
    await this.stop()
    // Any free port: another program may use that of the document.
    const child = spawn('sh', ['-c', `exec ${this.#local(command)} --port 0 2>&1`], {
      cwd: this.folder,
      env: this.#surrounding.env,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    this.#service = child
    // A group of its own does not end with this process by itself.
    const end = () => void process.kill(-child.pid!, 'SIGKILL')
    process.once('exit', end)
    child.once('close', () => process.removeListener('exit', end))
    this.#output = ''
    this.#url = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        const found = /(http:\/\/(?:localhost|127\.0\.0\.1):\d+)/.exec(this.#output)
        if (found?.[1] && /ready/.test(this.#output)) resolve(found[1])
      })
      child.once('exit', () => reject(new Error(this.#output)))
    })
  }

  #run(command: string): { readonly output: string; readonly status: number } {
    try {
      const options = { cwd: this.folder, env: this.#surrounding.env, encoding: 'utf8' } as const
      return { output: execFileSync('sh', ['-c', `${this.#local(command)} 2>&1`], options), status: 0 }
    } catch (error) {
      const { stdout, status } = error as { readonly stdout: string; readonly status: number }
      return { output: stdout, status }
    }
  }

  #local(command: string): string {
    const translated = this.#surrounding.translate?.(command) ?? command
    return translated.replace('http://localhost:8000', this.#url)
  }
}

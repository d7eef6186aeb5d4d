// Starts a fixture as a real process and watches what it says and how it ends.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly ms: number
}

export class Service implements AsyncDisposable {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  output = ''
  #watchers: Array<() => void> = []

  constructor(command: string, args: readonly string[], options: SpawnOptions) {
    const began = performance.now()
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        for (const watch of this.#watchers) watch()
      })
    }
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject)
      this.child.once('close', (code, signal) => {
        resolve({ code, signal, ms: performance.now() - began })
        for (const watch of this.#watchers) watch()
      })
    })
  }

  /** Resolves when the text stands in the output; rejects with the output if the process ends without it. */
  async says(text: string): Promise<void> {
    let over = false
    void this.ended.then(() => {
      over = true
    })
    while (!this.output.includes(text)) {
      if (over) throw new Error(`the process ended without saying '${text}':\n${this.output}`)
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  /** Sends a signal and resolves with how it ended; `ms` counts from the signal. */
  async kill(signal: NodeJS.Signals): Promise<Ended> {
    const began = performance.now()
    this.child.kill(signal)
    const ended = await this.ended
    return { ...ended, ms: performance.now() - began }
  }

  /** Sends a signal again and again until the text stands in the output: at first it counts as one key press. */
  async press(signal: NodeJS.Signals, text: string): Promise<Ended> {
    const timer = setInterval(() => this.child.kill(signal), 100)
    await this.says(text).finally(() => clearInterval(timer))
    return this.ended
  }

  get lines(): readonly string[] {
    return this.output.trim().split('\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL')
    await this.ended.catch(() => {})
  }
}

const repository = fileURLToPath(new URL('../../..', import.meta.url))

const typescript = new URL('../../../test/typescript/register.mjs', import.meta.url).href

/** Runs a file of `fixtures/`. */
export function service(
  fixture: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
  options: SpawnOptions = {},
): Service {
  const file = fileURLToPath(new URL(`./fixtures/${fixture}`, import.meta.url))
  // Both outputs through one pipe: their order is part of what is tested.
  const command = [process.execPath, '--import', typescript, file, ...args]
  return new Service('/bin/sh', ['-c', 'exec "$0" "$@" 2>&1', ...command], {
    cwd: repository,
    // Without the terminal of the tests, whose parents might forward a Ctrl+C.
    detached: true,
    env: { PATH: process.env.PATH, ...env },
    ...options,
  })
}

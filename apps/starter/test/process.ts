// The application as a separate process: its output, its address, its exit code.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Lines } from './lines.ts'
import type { Variables } from './servers.ts'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Options that run the source without a build. Outside the workspace the condition has no effect. */
export const nodeOptions = ['--conditions=@myfy/source', '--import', 'tsx']

const cli = dirname(createRequire(import.meta.url).resolve('@myfy/cli/package.json'))

/** The command `myfy`: its source in the workspace, the installed package elsewhere. */
export const myfy = existsSync(`${cli}/src/main.ts`)
  ? [process.execPath, ...nodeOptions, `${cli}/src/main.ts`]
  : [process.execPath, ...nodeOptions, `${cli}/bin/myfy.js`]

const alive = new Set<ChildProcess>()
// Children end with this process, also when a test hangs.
process.once('exit', () => {
  for (const child of alive) killGroup(child)
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1))

function killGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL')
  } catch {
    // The process has already exited.
  }
}

export class AppProcess {
  readonly lines = new Lines()
  readonly child: ChildProcess
  readonly exited: Promise<number | null>

  /** The default environment selects a free port and JSON logs. */
  constructor(
    env: Variables,
    command: readonly string[] = [process.execPath, ...nodeOptions, 'src/main.ts'],
    more: ReadonlyArray<number | 'ipc'> = [],
  ) {
    const { PATH = '', HOME = '' } = process.env
    this.child = spawn(command[0]!, command.slice(1), {
      cwd: root,
      env: { PATH, HOME, PORT: '0', LOG_FORMAT: 'json', ...env },
      stdio: ['ignore', 'pipe', 'pipe', ...more],
      // A separate process group, so that its workers end with it.
      detached: true,
    })
    alive.add(this.child)
    for (const output of [this.child.stdout!, this.child.stderr!]) {
      createInterface(output).on('line', (line) => this.lines.add(line))
    }
    this.exited = once(this.child, 'close').then(([code]) => {
      alive.delete(this.child)
      this.lines.end()
      return code as number | null
    })
  }

  get pid(): number {
    return this.child.pid!
  }

  /** Resolves with the address when the application listens. */
  async url(): Promise<string> {
    return /http:\/\/[^\s"]+:\d+/.exec(await this.lines.first(/listening on http/))![0]
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal)
    return this.exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    killGroup(this.child)
    await this.exited
  }
}

/** Resolves when connections to the address are refused. */
export async function connectionRefused(url: string): Promise<void> {
  for (let refused = false; !refused; ) {
    const socket = connect(Number(new URL(url).port), 'localhost')
    refused = await once(socket, 'connect').then(
      () => false,
      () => true,
    )
    socket.destroy()
  }
}

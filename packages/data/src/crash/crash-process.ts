// One process of the application under proof, behind a separate proxy.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { DatabaseError } from '../errors.ts'
import { CrashProxy } from './crash-proxy.ts'

/** A command that starts the application. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

/** The addresses with which a process is started. */
export interface LaunchAddress {
  /** The URL of its database. */
  readonly databaseUrl: string
  /** The port that it listens on. */
  readonly port: number
  /** A directory for what it writes beside the database; the processes of one run share it. */
  readonly directory: string
}

/** The time in which a process must answer, in ms. */
const START_MS = 120_000

/** A process that serves, until it is killed. */
export class CrashProcess {
  readonly child: ChildProcess
  readonly proxy: CrashProxy
  readonly url: string
  readonly #output: () => string
  #isEnded = false

  private constructor(child: ChildProcess, proxy: CrashProxy, url: string, output: () => string) {
    this.child = child
    this.proxy = proxy
    this.url = url
    this.#output = output
  }

  /** The end of the process without a signal of this proof; undefined while it runs. */
  get ownEnd(): { readonly code: number | null; readonly output: string } | undefined {
    const { exitCode, signalCode } = this.child
    if (this.#isEnded || (exitCode === null && signalCode === null)) return undefined
    return { code: exitCode, output: this.#output() }
  }

  /** Starts the application, and waits until it answers. @throws DatabaseError `MYFY_PROVE_START` with its output */
  static async start(
    launch: (address: LaunchAddress) => Launch,
    databaseUrl: string,
    directory: string,
  ): Promise<CrashProcess> {
    const proxy = new CrashProxy(new URL(databaseUrl))
    const port = await freePort()
    const { command, args, env, cwd } = launch({ databaseUrl: await proxy.listen(), port, directory })
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (data: Buffer) => {
      output = (output + data.toString()).slice(-4_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const url = `http://127.0.0.1:${port}`
    const limit = performance.now() + START_MS
    while (child.exitCode === null && child.signalCode === null && performance.now() < limit) {
      if (await answers(url, 2_000)) return new CrashProcess(child, proxy, url, () => output)
      await wait(30)
    }
    const { exitCode, signalCode } = child
    child.kill('SIGKILL')
    proxy.close()
    const end = exitCode ?? signalCode
    const how = end === null ? `did not serve within ${START_MS / 1_000} s` : `ended with ${end}`
    throw new DatabaseError(
      'MYFY_PROVE_START',
      `Cannot prove the application: a process of it ${how}; its output ends with: ${output || 'nothing'}. Start it by hand with DATABASE_URL and PORT of the environment.`,
    )
  }

  /** Sends a request to the process, and returns whether it is answered within `ms`. */
  answers(ms: number): Promise<boolean> {
    return answers(this.url, ms)
  }

  /** Sends a signal. After SIGKILL, resolves when the process is gone. */
  async signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const isGone = this.child.exitCode !== null || this.child.signalCode !== null
    if (isGone) return
    const exited = signal === 'SIGKILL' ? once(this.child, 'exit') : undefined
    this.#isEnded ||= signal === 'SIGKILL'
    this.child.kill(signal)
    await exited
  }

  /** Kills the process and closes its proxy. */
  async end(): Promise<void> {
    await this.signal('SIGKILL')
    this.proxy.close()
  }
}

function answers(url: string, ms: number): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(ms) })
    .then((response) => response.arrayBuffer())
    .then(
      () => true,
      () => false,
    )
}

/** Returns a free port outside of the range from which systems take those of other programs: none of them answers there. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}

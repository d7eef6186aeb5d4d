// Servers that a test starts and stops, each on a free port and in a temporary directory.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Lines } from './lines.ts'

const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
const binaries = `/usr/lib/postgresql/${versions.at(-1)}/bin`

export const canRunPostgres =
  existsSync(`${binaries}/initdb`) && (userInfo().uid !== 0 || idsOf('postgres') !== undefined)
export const canRunRedis = existsSync('/usr/bin/redis-server')

abstract class OwnServer {
  readonly directory = mkdtempSync(join(tmpdir(), 'starter-server-'))
  abstract readonly url: string
  #child: ChildProcess | undefined

  protected abstract spawn(): ChildProcess
  protected abstract readonly ready: RegExp

  async start(): Promise<void> {
    const child = this.spawn()
    const lines = new Lines()
    for (const output of [child.stdout!, child.stderr!])
      createInterface(output).on('line', (line) => lines.add(line))
    child.once('close', () => lines.end())
    this.#child = child
    await lines.first(this.ready)
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill(signal)
    await closed
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL')
    rmSync(this.directory, { recursive: true, force: true })
  }
}

export class OwnPostgres extends OwnServer {
  readonly url: string
  protected readonly ready = /database system is ready to accept connections/
  readonly #port: number
  /** PostgreSQL refuses to run as root. */
  readonly #user = userInfo().uid === 0 ? idsOf('postgres') : undefined

  static async create(): Promise<OwnPostgres> {
    return new OwnPostgres(await freePort())
  }

  private constructor(port: number) {
    super()
    this.#port = port
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`
    if (this.#user) chownSync(this.directory, this.#user.uid, this.#user.gid)
    const options = ['-D', this.directory, '-U', 'postgres', '-A', 'trust', '-N', '--locale=C', '-E', 'UTF8']
    execFileSync(`${binaries}/initdb`, options, { ...this.#user, stdio: 'ignore', cwd: this.directory })
  }

  protected spawn(): ChildProcess {
    const settings = ['fsync=off', 'listen_addresses=127.0.0.1', `unix_socket_directories=${this.directory}`]
    const options = [
      '-D',
      this.directory,
      '-p',
      String(this.#port),
      ...settings.flatMap((setting) => ['-c', setting]),
    ]
    return spawn(`${binaries}/postgres`, options, {
      ...this.#user,
      cwd: this.directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
}

export class OwnRedis extends OwnServer {
  readonly url: string
  protected readonly ready = /Ready to accept connections/
  readonly #port: number

  static async create(): Promise<OwnRedis> {
    return new OwnRedis(await freePort())
  }

  private constructor(port: number) {
    super()
    this.#port = port
    this.url = `redis://127.0.0.1:${port}`
  }

  protected spawn(): ChildProcess {
    const options = [
      '--port',
      String(this.#port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--dir',
      this.directory,
    ]
    return spawn('/usr/bin/redis-server', options, { stdio: ['ignore', 'pipe', 'pipe'] })
  }
}

/**
 * Returns a port on which nothing listens, below those that a system gives to connections and to servers on port 0: none of
 * them takes it until the server starts.
 */
export async function freePort(): Promise<number> {
  const port = 10_000 + Math.floor(Math.random() * 10_000)
  const server = createServer().listen(port, '127.0.0.1')
  const isFree = await once(server, 'listening').then(
    () => once(server.close(), 'close'),
    () => undefined,
  )
  return isFree ? port : freePort()
}

function idsOf(user: string): { uid: number; gid: number } | undefined {
  try {
    const id = (option: string) => Number(execFileSync('id', [option, user], { stdio: 'pipe' }))
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}

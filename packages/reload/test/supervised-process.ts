// A supervisor in a process of its own, with a project of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { freePort } from '../../../test/free-port.ts'
import type { ReloadEvent, SupervisorOptions } from '../src/index.ts'
import { createProject, type Project } from './project.ts'

export { freePort }

const here = path.dirname(fileURLToPath(import.meta.url))
const packages = path.resolve(here, '../..')
const typescript = new URL('../../../test/typescript/register.mjs', import.meta.url).href

export type EventOf<T extends ReloadEvent['type']> = Extract<ReloadEvent, { type: T }>

export interface Supervised {
  readonly project: Project
  readonly process: ChildProcess
  readonly port: number
  /** Everything that was written so far. */
  output(): string
  /** The next event of this type that was not waited for yet. What was printed before it is in the output. */
  next<T extends ReloadEvent['type']>(type: T, ms?: number): Promise<EventOf<T>>
  /** How many events of this type came so far. */
  count(type: ReloadEvent['type']): number
  /** Resolves when the output contains this. */
  printed(text: string | RegExp): Promise<string>
  exited: Promise<{ code: number | null; signal: string | null }>
  /** Sends a signal again and again until the output contains this: at first it counts as one key press. */
  press(signal: NodeJS.Signals, text: string): Promise<{ code: number | null; signal: string | null }>
  get(path?: string, headers?: Record<string, string>): Promise<Answer>
  /** Asks until the answer is this; returns how long that took, in ms. */
  until(body: string, path?: string): Promise<number>
}

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: http.IncomingHttpHeaders
}

/** An application with a route `/` that says `message`, one that does so when there is a file `go`, and a module that tells of its life. */
export function application(port: number, message = 'one'): Record<string, string> {
  return {
    'message.ts': `export const message: string = '${message}'\n`,
    'data.ts': dataModule,
    'app.ts': `
import { existsSync } from 'node:fs'
import { Application, defineModule } from '@myfy/core'
import { WebModule, defineRoutes } from '@myfy/web'
import { DataModule } from './data.ts'
import { message } from './message.ts'
class Greeter { greet() { return message } }
const routes = defineRoutes('', (route) => {
  route.get('/', () => ({ message }))
  route.get('/injected', { inject: { greeter: Greeter } }, ({ greeter }) => ({ message: greeter.greet() }))
  route.get('/pid', () => ({ pid: process.pid }))
  route.get('/slow', async () => { while (!existsSync('go')) await new Promise((r) => setTimeout(r, 5)); return { message } })
  route.get('/reject', () => { void Promise.reject(new Error('rejected on purpose')); return {} })
  route.get('/crash', () => { setTimeout(() => { throw new Error('crashed on purpose') }) ; return {} })
})
export const app = new Application()
  .addModule(defineModule({ name: 'greetings', configure: (container) => void container.register(Greeter) }))
  .addModule(new DataModule())
  .addModule(new WebModule({ routes: [routes], port: ${port}, host: '127.0.0.1' }))
`,
  }
}

/**
 * Code that ends `app` with an error soon after it is ready. The supervisor learns that it is ready first: that takes a few
 * turns of the event loop, and a busy machine may take any time for them.
 */
export const crashesWhenReady = (text: string): string => `app.on('ready', () => {
  let turns = 50
  const turn = () => {
    if (--turns === 0) throw new Error('${text}')
    setImmediate(turn)
  }
  setTimeout(turn, 100)
})
`

const dataModule = `
import { BaseModule } from '@myfy/core'
export class DataModule extends BaseModule {
  constructor() { super('data') }
  async start() { console.log('DATA UP') }
  async stop() { console.log('DATA DOWN') }
}
`

/** Starts a supervisor over these files. It is killed, with its workers, when the test ends. */
export async function superviseProject(
  files: (port: number) => Record<string, string> = application,
  options: Partial<SupervisorOptions> & {
    /** Runs this file of the project instead of a supervisor over the entry. */
    self?: string
    /** Runs nothing; the test does. */
    idle?: boolean
    /** Runs the supervisor by this command instead of directly. */
    command?: string[]
    /** Workers can collect garbage when they are asked to. */
    exposeGc?: boolean
    prepare?: (project: Project) => void
    /** Registers what ends the supervisor. Default: it ends with the test. */
    onEnd?: (end: () => void | Promise<void>) => void
  } = {},
): Promise<Supervised> {
  const port = options.port ?? (await freePort())
  const { self, idle, exposeGc, prepare, onEnd = onTestFinished, command = [], ...rest } = options
  const project = createProject(files(port), onEnd)
  linkPackages(project)
  prepare?.(project)
  const script = idle
    ? path.join(here, 'fixtures/idle.mjs')
    : self
      ? project.file(self)
      : path.join(here, 'fixtures/supervise.mjs')
  const node = [...(self ? ['--import', typescript] : []), ...(exposeGc ? ['--expose-gc'] : [])]
  const supervisorOptions = JSON.stringify({ entry: 'app.ts', port, host: '127.0.0.1', ...rest })
  const [program, ...args] = [...command, process.execPath, ...node, script, supervisorOptions]
  const child = spawn(program!, args, {
    cwd: project.root,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...(rest.env as NodeJS.ProcessEnv) },
  })
  let output = ''
  const events: ReloadEvent[] = []
  const taken = new Set<ReloadEvent>()
  const waiting = new Set<() => void>()
  const tell = () => waiting.forEach((look) => void look())
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      tell()
    })
  }
  child.on('message', async (event: ReloadEvent) => {
    await outputIsRead()
    events.push(event)
    tell()
  })
  // At its exit, output and events may still be in their pipes.
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('close', async (code, signal) => {
      await outputIsRead()
      resolve({ code, signal })
    })
  })
  const when = <T>(what: string, look: () => T | undefined, ms = 40_000): Promise<T> =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        waiting.delete(attempt)
        clearTimeout(timer)
        settle()
      }
      const attempt = () => {
        const found = look()
        if (found !== undefined) end(() => resolve(found))
      }
      const timer = setTimeout(
        () =>
          end(() =>
            reject(
              new Error(
                `no ${what} in ${ms} ms; events ${JSON.stringify(events.map(({ type }) => type))}; output:\n${output}`,
              ),
            ),
          ),
        ms,
      )
      waiting.add(attempt)
      attempt()
    })
  onEnd(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
  })
  const printed = (text: string | RegExp) =>
    when(`output ${text}`, () =>
      (typeof text === 'string' ? output.includes(text) : text.test(output)) ? output : undefined,
    )
  const get = async (path = '/', headers: Record<string, string> = {}) => {
    const answer = await request(port, path, headers)
    await outputIsRead()
    return answer
  }
  return {
    project,
    process: child,
    port,
    output: () => output,
    count: (type) => events.filter((event) => event.type === type).length,
    next<T extends ReloadEvent['type']>(type: T, ms?: number) {
      const take = () => {
        const found = events.find((event) => event.type === type && !taken.has(event))
        if (found) taken.add(found)
        return found as EventOf<T> | undefined
      }
      return when(`event ${type}`, take, ms)
    },
    printed,
    exited,
    async press(signal, text) {
      const timer = setInterval(() => child.kill(signal), 100)
      await printed(text).finally(() => clearInterval(timer))
      return exited
    },
    get,
    async until(body, path) {
      const began = performance.now()
      for (;;) {
        const answer = await get(path).catch((error: Error) => ({ body: `${error}` }))
        if (answer.body.includes(body)) return performance.now() - began
        if (performance.now() - began > 40_000)
          throw new Error(`never ${body}, but ${answer.body}; output:\n${output}`)
        await new Promise(setImmediate)
      }
    },
  }
}

/**
 * Resolves when everything is read that was written before now. What has come first by another pipe or socket is not read
 * first: the turn under way may read the later one alone, and the next turn reads the others.
 */
async function outputIsRead(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate)
}

/** Starts a supervisor for all tests of a group, in its `beforeAll`. Returns what ends it, which that returns in turn. */
export async function superviseGroup(
  ...[files, options]: Parameters<typeof superviseProject>
): Promise<[Supervised, () => Promise<void>]> {
  const ends: Array<() => void | Promise<void>> = []
  const app = await superviseProject(files, { ...options, onEnd: (end) => void ends.push(end) })
  const end = async () => {
    for (const one of ends.reverse()) await one()
  }
  return [app, end]
}

export function request(
  port: number,
  path = '/',
  headers: Record<string, string> = {},
  agent?: http.Agent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // A request without an answer fails the test with what was written until then.
    const signal = AbortSignal.timeout(15_000)
    const options = { host: '127.0.0.1', port, path, headers, agent: agent ?? false, signal }
    http
      .get(options as http.RequestOptions, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text) => {
          body += text
        })
        response.on('end', () => resolve({ status: response.statusCode!, body, headers: response.headers }))
        response.on('error', reject)
      })
      .on('error', reject)
  })
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function linkPackages(project: Project): void {
  const modules = project.file('node_modules/@myfy')
  mkdirSync(modules, { recursive: true })
  for (const name of ['di', 'core', 'web', 'reload']) {
    if (!existsSync(path.join(modules, name)))
      symlinkSync(path.join(packages, name), path.join(modules, name))
  }
}

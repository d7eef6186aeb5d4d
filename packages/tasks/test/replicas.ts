// Replicas of an application in fixtures as real processes, the clients that order from them, and the account of both.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { build } from 'esbuild'
import pg from 'pg'

/** A process that runs the application. */
export interface Replica {
  readonly child: ChildProcess
  readonly url: string
}

export class Replicas {
  // Inside of the package, where its dependencies are found, and outside of what is committed.
  readonly #directory = temporary()
  readonly #entry = join(this.#directory, 'server.mjs')
  readonly #env: NodeJS.ProcessEnv
  readonly running: Replica[] = []

  private constructor(env: NodeJS.ProcessEnv) {
    this.#env = { ...process.env, ...env }
  }

  /** Bundles the application: a process then starts in a fraction of the time. */
  static async create(env: NodeJS.ProcessEnv, fixture = 'server.ts'): Promise<Replicas> {
    const replicas = new Replicas(env)
    await build({
      entryPoints: [join(import.meta.dirname, 'fixtures', fixture)],
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['@myfy/source'],
      external: ['pg', 'pg-boss', 'kysely', '@electric-sql/*', 'fs-native-extensions', 'bullmq', 'ioredis'],
      banner: {
        js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url)",
      },
      outfile: replicas.#entry,
    })
    return replicas
  }

  async start(): Promise<Replica> {
    const child = fork(this.#entry, {
      env: this.#env,
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const [url] = (await once(child, 'message')) as [string]
    const replica = { child, url }
    this.running.push(replica)
    return replica
  }

  async end(replica: Replica, signal: NodeJS.Signals): Promise<void> {
    this.running.splice(this.running.indexOf(replica), 1)
    if (replica.child.exitCode !== null || replica.child.signalCode !== null) return
    const exited = once(replica.child, 'exit')
    replica.child.kill(signal)
    await exited
  }

  /** Kills a replica and starts another one. */
  async replace(replica: Replica): Promise<Replica> {
    await this.end(replica, 'SIGKILL')
    return this.start()
  }

  async remove(): Promise<void> {
    for (const replica of [...this.running]) await this.end(replica, 'SIGKILL')
    rmSync(this.#directory, { recursive: true })
  }
}

/** Clients that each place one order after the other, and repeat an order until it is acknowledged. */
export class Clients {
  readonly acknowledged = new Set<number>()
  readonly done: Promise<unknown>
  #next = 0
  #last = Number.POSITIVE_INFINITY

  constructor(replicas: Replicas, count = 8) {
    const order = async () => {
      for (let id = this.#next++; id < this.#last; id = this.#next++)
        while (!this.acknowledged.has(id)) {
          const replica = replicas.running[Math.floor(Math.random() * replicas.running.length)]
          if (replica && (await isAcknowledged(replica.url, id))) this.acknowledged.add(id)
          else await wait(20)
        }
    }
    this.done = Promise.all(Array.from({ length: count }, order))
  }

  /** Ends with the orders that are placed, but not before `least` of them. */
  async end(least = 0): Promise<void> {
    this.#last = Math.max(this.#next, least)
    await this.done
  }
}

const isAcknowledged = (url: string, id: number): Promise<boolean> =>
  fetch(new URL(`/orders/${id}`, url), {
    method: 'POST',
    headers: { 'idempotency-key': `order-${id}` },
    signal: AbortSignal.timeout(5_000),
  }).then(
    (response) => response.json().then(() => response.ok),
    () => false,
  )

/** Waits until no job is left, and counts the effects. */
export async function account(url: string): Promise<{ effects: number; orders: number; failed: number }> {
  const database = new pg.Client(url)
  await database.connect()
  const one = async (text: string) => (await database.query(text)).rows[0]
  // The jobs of a process that is gone run again when its heartbeat is missed.
  while ((await one("select count(*)::int as count from myfy_tasks.job where state <= 'active'")).count > 0)
    await wait(200)
  const effects = await one(
    'select count(*)::int as effects, count(distinct order_id)::int as orders from effects',
  )
  const { failed } = await one("select count(*)::int as failed from myfy_tasks.job where state = 'failed'")
  await database.end()
  return { ...effects, failed }
}

function temporary(): string {
  const cache = join(import.meta.dirname, '../node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  return mkdtempSync(join(cache, 'crash-'))
}

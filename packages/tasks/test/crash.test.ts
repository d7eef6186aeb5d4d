// Real processes that are killed: no job that was acknowledged is lost, and no effect happens twice.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { build } from 'esbuild'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { postgres } from '../../data/test/databases.ts'

// MYFY_HEAVY=1 kills 200 times among 2,000 orders; MYFY_KILLS sets another number, with ten orders for each.
const heavy = process.env.MYFY_HEAVY === '1'
const kills = Number(process.env.MYFY_KILLS ?? 200)
const orders = kills * 10

describe.skipIf(!heavy || !postgres.reachable)('orders that each send a job', { timeout: 1_800_000 }, () => {
  it(`lose none and repeat none while their process is killed ${kills} times`, async () => {
    const { options, remove } = await postgres.create()
    const directory = mkdtempSync(join(import.meta.dirname, '.crash-'))
    const entry = join(directory, 'server.mjs')
    // Bundled: a process starts in a fraction of the time.
    await build({
      entryPoints: [join(import.meta.dirname, 'fixtures/server.ts')],
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['@myfy/source'],
      external: ['pg', 'pg-boss', 'kysely', '@electric-sql/*', 'fs-native-extensions'],
      banner: {
        js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url)",
      },
      outfile: entry,
    })
    const port = await freePort()
    const env = { ...process.env, DATABASE_URL: options.url, PORT: String(port) }
    const start = async () => {
      const child = fork(entry, { env, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      await once(child, 'message')
      return child
    }

    const acknowledged = new Set<number>()
    let next = 0
    const client = async () => {
      for (let order = next++; order < orders; order = next++)
        while (!acknowledged.has(order)) {
          const headers = { 'idempotency-key': `order-${order}` }
          const sent = fetch(`http://127.0.0.1:${port}/orders/${order}`, { method: 'POST', headers })
          const answered = await sent
            .then((response) => response.json().then(() => response.ok))
            .catch(() => false)
          if (answered) acknowledged.add(order)
          else await wait(20)
        }
    }
    let child = await start()
    const clients = Promise.all(Array.from({ length: 8 }, client))
    let killed = 0
    while (killed < kills) {
      await wait(Math.random() * 300)
      child.kill('SIGKILL')
      await once(child, 'exit')
      killed++
      child = await start()
    }
    await clients

    const database = new pg.Client(options.url)
    await database.connect()
    const waiting = "select count(*)::int as count from myfy_tasks.job where state <= 'active'"
    // The jobs of the last process that was killed run again when its heartbeat is missed.
    while ((await database.query(waiting)).rows[0].count > 0) await wait(200)
    const { rows } = await database.query(
      'select count(*)::int as effects, count(distinct order_id)::int as orders from effects',
    )
    console.log({ killed, acknowledged: acknowledged.size, ...rows[0] })
    expect(acknowledged.size).toBe(orders)
    expect(rows[0]).toEqual({ effects: orders, orders })
    await database.end()
    child.kill('SIGTERM')
    await once(child, 'exit')
    rmSync(directory, { recursive: true })
    await remove()
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

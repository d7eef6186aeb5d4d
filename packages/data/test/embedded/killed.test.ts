// A process that is killed while it writes: the database opens again, with every transaction that was acknowledged, and none in part.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'

// MYFY_HEAVY=1 kills 50 times; MYFY_KILLS sets another number.
const kills = Number(process.env.MYFY_KILLS ?? (process.env.MYFY_HEAVY === '1' ? 50 : 1))
const root = join(import.meta.dirname, '../..')
const directory = mkdtempSync(join(tmpdir(), 'myfy-killed-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const script = `
  const { openEmbedded } = await import('${pathToFileURL(join(root, 'src/embedded/embedded-engine.ts')).href}')
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  const options = { directory: ${JSON.stringify(directory)}, statementTimeout: 30_000 }
  const engine = await openEmbedded(options, new AbortController().signal, logger)
  await engine.script('create table if not exists a (n int primary key, text text); create table if not exists b (n int primary key)')
  const numbers = async (table) => (await engine.execute('select n from ' + table + ' order by n')).rows.map(({ n }) => n)
  const [a, b] = [await numbers('a'), await numbers('b')]
  console.log(JSON.stringify({ a, b }))
  for (let n = (a.at(-1) ?? 0) + 1; ; n++) {
    const transaction = await engine.begin()
    await transaction.execute('insert into a values ($1, $2)', [n, 'x'.repeat(n % 20_000)])
    await transaction.execute('insert into b values ($1)', [n])
    await transaction.commit()
    console.log(n)
  }`

test(`killed ${kills} times in the middle of writes`, { timeout: kills * 60_000 }, async () => {
  const acknowledged: number[] = []
  for (let round = 0; round <= kills; round++) {
    const options = ['--conditions=@myfy/source', '--import', 'tsx', '--input-type=module', '-e', script]
    const child = spawn(process.execPath, options, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    const closed = once(child, 'close')
    const lines = createInterface(child.stdout)
    const [first] = (await once(lines, 'line')) as [string]
    const { a, b } = JSON.parse(first) as Record<'a' | 'b', number[]>
    expect(b, 'a transaction is there as a whole').toEqual(a)
    expect(
      acknowledged.filter((n) => !a.includes(n)),
      'what was acknowledged is there',
    ).toEqual([])
    lines.on('line', (line) => void acknowledged.push(Number(line)))
    // At any moment of a transaction, a checkpoint or a flush.
    const { length } = acknowledged
    while (acknowledged.length < length + 1 + Math.random() * 100) await once(lines, 'line')
    await new Promise((later) => setTimeout(later, Math.random() * 20))
    child.kill('SIGKILL')
    await closed
  }
  expect(acknowledged.length).toBeGreaterThan(kills)
})

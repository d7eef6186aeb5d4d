import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { processorTimeOf } from '../../src/supervisor/heartbeat.ts'
import { application, isAlive, superviseProject } from '../supervised-process.ts'

/** The processes of a tree, its root left out. */
function descendants(root: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' }).trim().split('\n')
  const all = rows.map((row) => row.trim().split(/\s+/))
  const found = [root]
  for (const parent of found) {
    for (const [pid, ppid, name] of all) if (Number(ppid) === parent && name !== 'ps') found.push(Number(pid))
  }
  return found.slice(1)
}

async function workersOf(supervisor: number): Promise<number[]> {
  await expect.poll(() => descendants(supervisor), { timeout: 20_000, interval: 5 }).not.toEqual([])
  return descendants(supervisor)
}

const allGone = (pids: readonly number[]) =>
  expect.poll(() => pids.filter(isAlive), { timeout: 20_000, interval: 50 }).toEqual([])

// `MYFY_HEAVY=1`: every moment, by the processor time that the worker has used; each costs a start.
test.each(process.env.MYFY_HEAVY ? [0, 30, 60, 90, 120, 150] : [0, 60])(
  'a supervisor that is killed, and its folder removed, %i ms into the start of a worker leaves nobody behind',
  async (ms) => {
    const app = await superviseProject()
    const workers = await workersOf(app.process.pid!)
    await expect
      .poll(() => processorTimeOf(workers[0]), { timeout: 20_000, interval: 1 })
      .toBeGreaterThanOrEqual(ms)
    app.process.kill('SIGKILL')
    rmSync(app.project.root, { recursive: true })
    await allGone(workers)
  },
)

test('a worker that is stuck in its first import when its supervisor is killed ends by itself', async () => {
  const app = await superviseProject(
    (port) => ({ ...application(port), 'message.ts': `console.log('STUCK'); for (;;) {}` }),
    { importTimeout: 0 },
  )
  await app.printed('STUCK')
  const workers = await workersOf(app.process.pid!)
  app.process.kill('SIGKILL')
  await allGone(workers)
})

test('processes and threads that the application starts are not watched', async () => {
  const app = await superviseProject((port) => ({
    ...application(port),
    'helper.mjs': 'process.exitCode = 7\n',
    'data.ts': application(0)
      ['data.ts']!.replace(
        `console.log('DATA UP')`,
        `fork(new URL('./helper.mjs', import.meta.url)).on('exit', (code) => console.log('FORK', code))
    new Worker(new URL('./helper.mjs', import.meta.url)).on('exit', (code) => console.log('THREAD', code))`,
      )
      .replace(
        '\n',
        `\nimport { fork } from 'node:child_process'\nimport { Worker } from 'node:worker_threads'\n`,
      ),
  }))
  await app.printed('FORK 7')
  await app.printed('THREAD 7')
})

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
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
  for (;;) {
    const workers = descendants(supervisor)
    if (workers.length > 0) return workers
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const allGone = (pids: readonly number[]) =>
  expect.poll(() => pids.filter(isAlive), { timeout: 20_000, interval: 50 }).toEqual([])

// `MYFY_HEAVY=1`: every moment; each costs a start.
test.each(process.env.MYFY_HEAVY ? [0, 60, 120, 240, 480] : [0, 120])(
  'a supervisor that is killed, and its folder removed, %i ms into the start of a worker leaves nobody behind',
  async (ms) => {
    const app = await superviseProject()
    const workers = await workersOf(app.process.pid!)
    await new Promise((resolve) => setTimeout(resolve, ms)) // the moment is what is tried
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

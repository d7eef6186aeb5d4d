import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { launch, program, project } from '../project.ts'

const canUnshare = (() => {
  try {
    execFileSync('unshare', ['-Urpf', '--mount-proc', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

// Process 1 ignores a signal without a handler. Without unprivileged namespaces this cannot be tested here.
describe.skipIf(!canUnshare)('process 1', { timeout: 60_000 }, () => {
  test.each([
    [['start', 'app.mjs'], 'SIGTERM', 0],
    [['start', 'app.mjs', '--workers', '2'], 'SIGTERM', 0],
    [['start', 'app.mjs'], 'SIGINT', 0],
    [['modules', '--app', 'app.mjs'], 'SIGTERM', 143],
  ] as const)('%j ends at %s while the entry loads, with %s', async (words, signal, code) => {
    const cwd = project({
      'app.mjs': `console.error('loading'); await new Promise(() => setInterval(() => {}, 1e6))`,
    })
    const args = ['-Urpf', '--mount-proc', '--kill-child', program.node, ...program.args, ...words]
    const running = launch('unshare', args, { cwd, env: { LOG_FORMAT: 'text' } })
    await running.until('loading')
    const children = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8')
    process.kill(Number(children.trim().split(' ')[0]), signal)
    expect((await running.ended).code).toBe(code)
  })
})

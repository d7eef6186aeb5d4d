import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, type TestContext, test } from 'vitest'
import { launch, program, project } from '../project.ts'

/** Runs a program as process 1 of a namespace: as a user of its own, or as root in a container without user namespaces. */
const namespace = [
  ['-Urpf', '--mount-proc', '--kill-child'],
  ['-pf', '--mount-proc', '--kill-child'],
].find((flags) => {
  try {
    execFileSync('unshare', [...flags, 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})

/** Starts `myfy` as process 1. */
async function startFirst(
  skip: TestContext['skip'],
  files: Record<string, string>,
  words: readonly string[],
) {
  if (!namespace) return skip('this system does not allow process namespaces')
  const running = launch('unshare', [...namespace, program.node, ...program.args, ...words], {
    cwd: project(files),
    env: { LOG_FORMAT: 'text' },
  })
  const signal = (name: NodeJS.Signals) => {
    const children = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8')
    process.kill(Number(children.trim().split(' ')[0]), name)
  }
  return { running, signal }
}

// Process 1 ignores a signal without a handler.
describe('process 1', { timeout: 60_000 }, () => {
  test.for([
    [['start', 'app.mjs'], 'SIGTERM', 0],
    [['start', 'app.mjs', '--workers', '2'], 'SIGTERM', 0],
    [['start', 'app.mjs'], 'SIGINT', 0],
    [['modules', '--app', 'app.mjs'], 'SIGTERM', 143],
  ] as const)('%j ends at %s while the entry loads, with %s', async ([words, name, code], { skip }) => {
    const files = {
      'app.mjs': `console.error('loading'); await new Promise(() => setInterval(() => {}, 1e6))`,
    }
    const { running, signal } = await startFirst(skip, files, words)
    await running.until('loading')
    signal(name)
    expect((await running.ended).code).toBe(code)
  })

  test.for([
    [['start', 'app.mjs'], 'SIGTERM'],
    [['start', 'app.mjs'], 'SIGINT'],
    [['start', 'app.mjs', '--workers', '2'], 'SIGTERM'],
    [['run', 'app.mjs'], 'SIGTERM'],
  ] as const)('%j answers what it has accepted before %s', async ([words, name], { skip }) => {
    const files = {
      'app.mjs': `
import { Application } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
const routes = defineRoutes('', (route) => {
  // Answers when the application stops.
  route.get('/slow', async () => {
    const draining = new Promise((resolve) => app.on('state', ({ to }) => to === 'draining' && resolve()))
    console.log('ACCEPTED')
    await draining
    return 'answered'
  })
})
export const app = new Application().addModule(new WebModule({ routes: [routes], host: '127.0.0.1', port: 0 }))
`,
    }
    const { running, signal } = await startFirst(skip, files, words)
    const [url] = await running.until(/http:\/\/127\.0\.0\.1:\d+/)
    const answer = fetch(`${url}/slow`).then((response) => response.text())
    await running.until('ACCEPTED')
    signal(name)
    expect(await answer).toBe('answered')
    expect((await running.ended).code).toBe(0)
  })
})

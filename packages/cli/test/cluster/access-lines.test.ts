// The access log of several worker processes, as a reader of the one output sees it.

import { expect, test } from 'vitest'
import { project, start } from '../project.ts'

const app = `
import { Application } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
const routes = defineRoutes('/orders', (route) => {
  route.get('/:id', ({ params, logger }) => {
    logger.info({}, 'looking')
    if (params.id === '13') throw new Error('out of order')
    return { id: params.id, worker: process.env.MYFY_WORKER }
  })
})
export const app = new Application().addModule(
  new WebModule({ routes: [routes], accessLog: true, host: '127.0.0.1', port: 0 }),
)
`

test('two workers write one access line for each request, with its id and the worker that answered', async () => {
  const cwd = project({ 'app.mjs': app })
  const running = start(['start', 'app.mjs', '--workers', '2'], { cwd, env: { LOG_FORMAT: 'json' } })
  const [, url] = await running.until(/workers ready in \S+ \S+ on (http:[\w:/.]+);/)
  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_, id) => {
      const response = await fetch(`${url}/orders/${id}`, { headers: { connection: 'close' } })
      const body = (await response.json()) as { worker?: string; id: string }
      return { id: response.headers.get('x-request-id'), status: response.status, body }
    }),
  )
  running.kill('SIGTERM')
  const { code, stdout } = await running.ended
  expect(code).toBe(0)
  const lines = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const access = lines.filter(({ route }) => route === '/orders/:id')
  expect(access.length).toBe(40)
  expect(new Set(access.map(({ worker }) => worker))).toEqual(new Set([1, 2]))
  for (const { id, status, body } of answers) {
    const [line, ...others] = access.filter((one) => one.id === id)
    expect(others).toEqual([])
    expect(line).toMatchObject({ method: 'GET', status, ms: expect.any(Number), bytes: expect.any(Number) })
    // The problem document has the id in the place of the worker.
    if (status === 200) expect(String(line!.worker)).toBe(body.worker)
    else expect(body).toMatchObject({ status: 500, id })
    const own = lines.filter((one) => one.id === id && one.message === 'looking')
    expect(own.map(({ worker }) => worker)).toEqual([line!.worker])
  }
})

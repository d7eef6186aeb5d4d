// A failed request is logged with its reason, whatever was thrown, wherever it was thrown.

import { Application } from '@myfy/core'
import { request } from '@myfy/di'
import { defineRoutes, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { recordingApp } from '../recording.ts'

const thrown: ReadonlyArray<readonly [string, unknown]> = [
  ['undefined', undefined],
  ['null', null],
  ['a text', 'a text'],
]

describe.each(thrown)('%s', (_, value) => {
  const fail = (): never => {
    throw value
  }
  const service = request(() => ({}), { dispose: fail })
  const settled = request(() => ({}), { settle: fail })
  const built = request(fail)
  const routes = defineRoutes('', (route) => [
    route.get('/handler', fail),
    route.get('/promise', async () => fail()),
    route.get('/middleware', { middleware: [fail] }, () => 1),
    route.group('/before', { before: { run: fail } }, (route) => [route.get('/', () => 1)]),
    route.get('/work', ({ waitUntil }) => waitUntil(Promise.reject(value))),
    route.get('/stream', () =>
      (async function* () {
        yield 'begun'
        fail()
      })(),
    ),
    route.get('/service', { inject: { built } }, () => 1),
    route.get('/disposed', { inject: { service } }, () => 1),
    route.get('/settled', { inject: { settled } }, () => 1),
  ])

  test.each(routes.routes.map(({ pattern }) => pattern))('at %s is an error in the log', async (path) => {
    const { logger, lines } = recordingApp()
    const app = new Application({ logger, modules: [new WebModule({ routes: [routes] })] })
    const client = await createTestClient(app)
    await client.get(path).then(
      (response) => response.text().catch(() => {}),
      () => {},
    )
    await client.close()
    const failures = lines.filter(({ level }) => level === 'error')
    expect(failures).not.toEqual([])
    for (const { fields } of failures) expect((fields as { err?: unknown }).err).toBeInstanceOf(Error)
  })
})

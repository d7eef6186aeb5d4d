import { Application, defineModule } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

const takes = (host: TestHost, name: string, ms: number, requires?: readonly string[]) => {
  const pass = () => new Promise<void>((resolve) => void host.clock.after(ms, resolve))
  return defineModule({ name, requires, start: pass, stop: pass })
}

test('the status says where the application, each module and the work in flight are', async () => {
  const host = new TestHost()
  const failing = defineModule({ name: 'b', stop: () => Promise.reject(new Error('no')) })
  const app = new Application({ host, logger: quiet, modules: [takes(host, 'a', 20), failing] })
  const seen: unknown[] = []
  app.on('module.starting', ({ module }) => void (module === 'a' && seen.push(app.status())))
  app.on('ready', () => {
    const work = app.inFlight.track('job', 'import')
    seen.push(app.status())
    work.done()
    host.signal('SIGTERM')
  })
  await host.clock.run(app.run())
  expect(seen).toEqual([
    {
      state: 'starting',
      modules: [
        { name: 'a', state: 'starting' },
        { name: 'b', state: 'waiting' },
      ],
      work: [],
    },
    {
      state: 'running',
      modules: [
        { name: 'a', state: 'started', ms: 20 },
        { name: 'b', state: 'started', ms: 0 },
      ],
      work: [{ kind: 'job', label: 'import', since: 20 }],
    },
  ])
  expect(app.status()).toEqual({
    state: 'stopped',
    modules: [
      { name: 'a', state: 'stopped', ms: 20 },
      { name: 'b', state: 'failed', ms: 0 },
    ],
    work: [],
  })
})

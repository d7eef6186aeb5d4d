import { Application, defineModule } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

const places = [
  'onStartup',
  'lifespan up',
  'start',
  'ready',
  'spawn',
  'every',
  'work',
  'drain',
  'stop',
  'defer',
  'lifespan down',
  'onShutdown',
] as const

/** The callers that would wait for themselves if a stop waited for them. */
const beforeTheStop = new Set<string>([
  'onStartup',
  'lifespan up',
  'start',
  'ready',
  'spawn',
  'every',
  'work',
])

describe.each([
  ['at once', false],
  ['after an await', true],
])('stop() awaited %s', (_, later) => {
  test.each(places)('in %s does not wait for itself', async (place) => {
    const host = new TestHost()
    const answers: number[] = []
    const pause = (ms: number) => new Promise<void>((resolve) => void host.clock.after(ms, resolve))
    const at = async (here: string) => {
      if (here !== place) return
      if (later) await pause(20)
      answers.push(await app.stop(`asked in ${place}`))
    }
    const app: Application = new Application({
      host,
      logger: quiet,
      onStartup: [() => at('onStartup')],
      onShutdown: [() => at('onShutdown')],
      lifespan: async function* () {
        await at('lifespan up')
        yield
        await at('lifespan down')
      },
      modules: [
        defineModule({
          name: 'job',
          async start({ spawn, every, defer }) {
            defer(() => at('defer'))
            if (place === 'spawn') spawn('one job', () => at('spawn'))
            if (place === 'every') every(10, 'watch', () => at('every'))
            if (place === 'work')
              spawn('one message', () => void app.work('task', { inject: [] }, () => at('work')))
            await at('start')
          },
          ready: () => at('ready'),
          drain: () => at('drain'),
          stop: () => at('stop'),
        }),
      ],
    })
    app.on('ready', () => void (beforeTheStop.has(place) || app.stop()))
    expect(await host.clock.run(app.run())).toBe(0)
    expect(answers).toEqual([0])
    expect(host.clock.now()).toBeLessThan(500)
  })
})

test('stop() awaited outside resolves when everything has stopped', async () => {
  const app = new Application({ logger: quiet, modules: [defineModule({ name: 'a', stop: () => {} })] })
  await app.startModules()
  await app.stop()
  expect(app.state).toBe('stopped')
})

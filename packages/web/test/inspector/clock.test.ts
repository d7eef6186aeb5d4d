// The times of a record, while the clock of the machine is set.

import { observeTraces, traceChannel, traced } from '@myfy/core'
import { defineRoutes } from '@myfy/web'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Recorder } from '../../src/inspector/recorder.ts'
import { recordingApp } from '../recording.ts'
import { ways } from '../ways.ts'

const HOUR_MS = 3_600_000

test.each([HOUR_MS, -HOUR_MS])(
  'a clock that is set by %i ms changes no duration of a request or a reload',
  async (jump) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const setClock = () => vi.setSystemTime(Date.now() + jump)
    const recorder = new Recorder({ redact: (value) => value })
    onTestFinished(recorder.start())
    const observed: number[] = []
    onTestFinished(observeTraces('request', { end: ({ status }) => void observed.push(status) }))
    const { logger, lines } = recordingApp()
    const routes = defineRoutes('', (route) => {
      route.get('/set', ({ logger: own }) => {
        setClock()
        own.info({}, 'set')
        return 'set'
      })
    })
    const { send, idle } = await ways['HTTP/1.1']!({ logger, routes: [routes], accessLog: true })
    await send('/set')
    await idle()
    await expect.poll(() => observed, { timeout: 30_000 }).toEqual([200])
    await traced(traceChannel('reload'), { files: ['app.ts'] }, async () => setClock())

    const [request] = recorder.requests
    const line = lines.find(({ fields }) => 'method' in fields)?.fields as { ms: number }
    const times = {
      access: line.ms,
      request: request!.ms!,
      line: request!.lines[0]!.at,
      span: request!.spans[0]!.ms!,
      reload: recorder.reloads[0]!.ms!,
    }
    for (const [name, ms] of Object.entries(times)) {
      expect([name, ms >= 0]).toEqual([name, true])
      expect([name, ms < 60_000]).toEqual([name, true])
    }
  },
)

// An SDK that a preload shuts down when SIGTERM arrives: what happens in the drain and in the stop is exported as well.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { KIND } from './conventions.ts'
import { exporterEnvironment, receiver } from './receiver.ts'

const program = fileURLToPath(new URL('../../cli/bin/myfy.js', import.meta.url))
const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))

test.each([
  ['node', [fixture('running.mjs')]],
  ['myfy run', [program, 'run', fixture('counted.mjs')]],
  ['myfy start', [program, 'start', fixture('counted.mjs')]],
  ['myfy start --workers 1', [program, 'start', fixture('counted.mjs'), '--workers', '1']],
])('by %s', async (_, args) => {
  using otlp = await receiver()
  const child = spawn(process.execPath, args, {
    env: {
      ...exporterEnvironment(otlp.url),
      LOG_FORMAT: 'text',
      SDK_ENDS_AT: 'SIGTERM',
    },
    // A group of its own, which is signaled as a whole: a terminal and systemd do that.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const until = async (pattern: RegExp) => {
    while (!pattern.test(output)) await once(child.stdout, 'data')
    return pattern.exec(output)!
  }
  const [, url] = await until(/(?:listening on|➜) +(http:\S+)/)
  const held = fetch(`${url}/held`)
  await until(/HELD/)
  process.kill(-child.pid!, 'SIGTERM')
  expect((await held).status).toBe(200)
  const [code] = await once(child, 'close')
  expect([code, output]).toEqual([0, expect.stringContaining('SDK ENDED')])

  const served = otlp.spans.filter(({ kind }) => kind === KIND.server)
  expect(served.map(({ name }) => name)).toEqual(['GET /held'])
  const stops = otlp.spans.filter(({ name, parentSpanId }) => name === 'stop' && !parentSpanId)
  expect(stops.length).toBe(1)
  const last = new Map(otlp.points.map((point) => [point.metric, point.count ?? point.value]))
  expect(Object.fromEntries(last)).toEqual({
    'http.server.request.duration': 1,
    'http.server.active_requests': 0,
  })
})

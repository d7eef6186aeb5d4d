// The processes of `myfy start --workers`, each with the SDK of OpenTelemetry, and one receiver of OTLP.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { KIND } from './conventions.ts'
import { exporterEnvironment, type ReceivedPoint, receiver } from './receiver.ts'

const program = fileURLToPath(new URL('../../cli/bin/myfy.js', import.meta.url))
const application = fileURLToPath(new URL('./fixtures/counted.mjs', import.meta.url))
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** Starts two workers that export to a receiver. */
async function start(env: Readonly<Record<string, string>> = {}) {
  const otlp = await receiver()
  onTestFinished(() => otlp[Symbol.dispose]())
  const args = [program, 'start', application, '--workers', '2']
  const child = spawn(process.execPath, args, {
    env: {
      ...exporterEnvironment(otlp.url),
      LOG_FORMAT: 'text',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const look of waiting) look()
    })
  const until = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(output)
        if (match) resolve(match)
        else if (child.exitCode !== null) reject(new Error(`It ended without ${pattern}:\n${output}`))
      }
      waiting.add(look)
      child.once('close', look)
      look()
    })
  const [, url] = await until(/workers ready in \S+ \S+ on (http:\S+);/)
  return {
    otlp,
    until,
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    pidOf: async (worker: number) => {
      const [, pid] = await until(new RegExp(`worker ${worker} ready \\(pid (\\d+)\\)`))
      return Number(pid)
    },
    // On a connection of its own, so that the next worker answers the next one.
    get: async (path = '/') => {
      const response = await fetch(url + path, { headers: { connection: 'close' } })
      expect(response.status).toBe(200)
      return (await response.json()) as { pid: number }
    },
    stop: async () => {
      child.kill('SIGTERM')
      const [code] = await once(child, 'close')
      return code as number
    },
  }
}

type Started = Awaited<ReturnType<typeof start>>

const instanceOf = ({ resource }: { readonly resource: Readonly<Record<string, unknown>> }) =>
  String(resource['service.instance.id'])

const seriesOf = (point: ReceivedPoint) => JSON.stringify([point.metric, point.resource, point.attributes])

/** The points of a metric in the order of their times: two exports may overtake one another. */
const pointsOf = (metric: string, { points }: Started['otlp']): readonly ReceivedPoint[] =>
  points
    .filter((point) => point.metric === metric)
    .sort((a, b) => Number(BigInt(a.timeUnixNano) - BigInt(b.timeUnixNano)))

/** The number of requests that the last point of each series tells. */
function requestsIn(otlp: Started['otlp']): number {
  const last = new Map(pointsOf(DURATION, otlp).map((point) => [seriesOf(point), point.count ?? 0]))
  return [...last.values()].reduce((sum, count) => sum + count, 0)
}

const DURATION = 'http.server.request.duration'

/** What happens to a worker while others serve: its name, the way, and the number of processes that follow. */
const ends: ReadonlyArray<readonly [string, number, (started: Started, sent: number) => Promise<unknown>]> = [
  ['nothing', 0, async () => {}],
  [
    'SIGKILL',
    1,
    async ({ otlp, until, pidOf }, sent) => {
      // What it has not exported yet ends with it.
      await otlp.until(() => requestsIn(otlp) === sent && spansIn(otlp).length === sent)
      process.kill(await pidOf(2), 'SIGKILL')
      await until(/was killed by SIGKILL[\s\S]*worker 2 ready/)
    },
  ],
  [
    'SIGTERM',
    1,
    async ({ until, pidOf }) => {
      process.kill(await pidOf(2), 'SIGTERM')
      await until(/ended with code 0[\s\S]*worker 2 ready/)
    },
  ],
  [
    'an uncaught error',
    1,
    async ({ until, get }) => {
      await get('/crash')
      await until(/ended with code [1-9][\s\S]*worker \d ready/)
    },
  ],
  [
    'a rolling restart',
    2,
    async ({ until, kill }) => {
      kill('SIGHUP')
      await until(/all workers are replaced/)
    },
  ],
]

const spansIn = ({ spans }: Started['otlp']) => spans.filter(({ kind }) => kind === KIND.server)

test.each(ends)(
  'two workers count each request once, and lose none at the stop, after %s',
  async (end, more, happen) => {
    const started = await start()
    const { otlp, get, until, stop } = started
    let sent = 0
    const send = async (count: number) => {
      const pids = new Set<number>()
      for (; count > 0; count--, sent++) pids.add((await get()).pid)
      return pids.size
    }
    expect(await send(20)).toBe(2)
    await happen(started, sent)
    if (end === 'an uncaught error') sent++
    expect(await send(20)).toBe(2)
    // One for each worker, which is answered in its drain.
    const held = [get('/held'), get('/held')]
    await until(/HELD[\s\S]*HELD/)
    expect(await stop()).toBe(0)
    await Promise.all(held)
    sent += held.length

    const { points } = otlp
    const instances = new Set(points.map(instanceOf))
    expect(instances.size).toBe(2 + more)
    for (const id of instances) expect(id).toMatch(UUID)
    // A process has one id, in metrics and in traces.
    const processes = new Map(points.map((point) => [point.resource['process.pid'], instanceOf(point)]))
    expect(processes.size).toBe(instances.size)
    for (const span of otlp.spans) expect(instanceOf(span)).toBe(processes.get(span.resource['process.pid']))

    expect(requestsIn(otlp)).toBe(sent)
    const answered = spansIn(otlp)
    expect(answered.length).toBe(sent)
    expect(new Set(answered.map(({ traceId }) => traceId)).size).toBe(sent)

    // OTLP, "Sums": a cumulative sum that is monotonic grows, or begins anew with another start time.
    const former = new Map<string, ReceivedPoint>()
    for (const point of pointsOf(DURATION, otlp)) {
      expect(point.cumulative).toBe(true)
      const before = former.get(seriesOf(point))
      former.set(seriesOf(point), point)
      if (before === undefined) continue
      expect(point.count).toBeGreaterThanOrEqual(before.count!)
      expect(point.startTimeUnixNano).toBe(before.startTimeUnixNano)
    }

    // Each process that stopped by itself has told so, and has nothing in flight.
    const stopped = otlp.spans.filter(({ name, parentSpanId }) => name === 'stop' && !parentSpanId)
    expect(new Set(stopped.map(instanceOf)).size).toBe(instances.size - (end === 'SIGKILL' ? 1 : 0))
    for (const instance of new Set(stopped.map(instanceOf))) {
      const active = pointsOf('http.server.active_requests', otlp).filter(
        (point) => instanceOf(point) === instance,
      )
      expect(active.at(-1)?.value).toBe(0)
    }
  },
)

test.each([
  ['other attributes', 'service.name=shop, deployment.environment.name=test', { 'service.name': 'shop' }, 2],
  ['an id of the user', 'service.instance.id=own', { 'service.instance.id': 'own' }, 1],
])('%s in OTEL_RESOURCE_ATTRIBUTES are kept', async (_, attributes, expected, instances) => {
  const { otlp, get, stop } = await start({ OTEL_RESOURCE_ATTRIBUTES: attributes })
  await get()
  await get()
  expect(await stop()).toBe(0)
  for (const { resource } of [...otlp.points, ...otlp.spans]) expect(resource).toMatchObject(expected)
  expect(new Set(otlp.points.map(instanceOf)).size).toBe(instances)
})

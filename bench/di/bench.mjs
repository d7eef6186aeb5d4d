// Builds one request graph with every peer and prints ratios to hand-written code. Each peer runs in a process of its
// own, in rounds interleaved with the hand-written graph: no peer is slowed by what another leaves on the heap or in the
// type feedback. `npm run bench -- di` writes the table into packages/di/README.md; `--quick` only prints it.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import { loopOf } from './fixture.mjs'
import { peers } from './peers.mjs'

const quick = process.argv.includes('--quick')
const rounds = quick ? 21 : 61
const slice = quick ? 5e6 : 10e6 // ns that one case runs in one round

const now = () => Number(process.hrtime.bigint())
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]
const figure = (value) => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en'))

/** Runs one of `jobs` in a process of its own. */
const child = (job, argument, ...flags) => {
  const file = fileURLToPath(import.meta.url)
  const args = [
    '--expose-gc',
    '--no-warnings',
    ...flags,
    file,
    `--job=${job}`,
    `--of=${argument}`,
    ...(quick ? ['--quick'] : []),
  ]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 })
  return stdout
    ? JSON.parse(stdout)
    : {
        error:
          stderr
            .trim()
            .split('\n')
            .find((line) => /^\w*Error: /.test(line)) ?? 'failed',
      }
}

const open = async (name) => {
  const { run, singleton, async } = await peers[name]()
  const built = await run({ id: 1 })
  if (!built.service.repo.pool || built.service.repo.req.id !== 1) throw new Error('built something else')
  return { async, run: loopOf(name, run, async), get: singleton && loopOf(`${name} get`, singleton) }
}

const jobs = {
  async time(name) {
    const cases = []
    for (const one of [...new Set(['hand-written', name])]) {
      const { run, get } = await open(one)
      cases.push({ loop: run, times: [] })
      if (one === name && get) cases.push({ loop: get, times: [] })
    }
    for (const one of cases) {
      let n = 50
      for (let spent = 0; spent < slice * 10; n *= 2) {
        const start = now()
        await one.loop(n)
        const took = now() - start
        spent += took
        one.count = Math.max(10, Math.round((n * slice) / took))
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const one of cases) {
        const start = now()
        await one.loop(one.count)
        one.times.push((now() - start) / one.count)
      }
    }
    const [hand, peer, get] = name === 'hand-written' ? [cases[0], cases[0], cases[1]] : cases
    return {
      ns: median(peer.times),
      ratio: median(peer.times.map((time, round) => time / hand.times[round])),
      get: get && median(get.times),
    }
  },
  // With a young generation that does not overflow while it is counted.
  async bytes(name) {
    const { run, async } = await open(name)
    const counts = []
    let n = 200
    await run(async ? n : 50_000)
    for (let i = 0; i < 9; i++) {
      globalThis.gc()
      const before = process.memoryUsage().heapUsed
      await run(n)
      counts.push((process.memoryUsage().heapUsed - before) / n)
      n = Math.min(50_000, Math.round(20e6 / counts[i]))
    }
    return median(counts)
  },
  // Registration, verification and compilation of a whole graph, warm.
  async build(size) {
    const { Container } = await import('../../packages/di/dist/index.js')
    const measure = (size, runs) => {
      const tokens = Array.from({ length: size }, () => class {})
      const options = tokens.map((_, i) => ({
        inject: i ? [tokens[i - 1], ...(i % 2 ? [tokens[i >> 1]] : [])] : [],
      }))
      const [times, maps] = [[], []]
      for (let run = 0; run < runs; run++) {
        if (size > 5_000) globalThis.gc()
        let start = now()
        const map = new Map()
        for (let i = 0; i < size; i++) map.set(tokens[i], options[i])
        for (let i = 0; i < size; i++) for (const token of options[i].inject) map.get(token)
        maps.push(now() - start)
        if (size > 5_000) globalThis.gc()
        start = now()
        const container = new Container()
        for (let i = 0; i < size; i++) container.register(tokens[i], options[i])
        container.build()
        times.push(now() - start)
      }
      return { size, ms: median(times) / 1e6, each: median(times) / size, map: median(maps) / size }
    }
    measure(1_000, 300)
    return measure(size, size > 5_000 ? (quick ? 7 : 15) : 300)
  },
}

const option = (name) => process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1]
if (option('job')) {
  const of = option('of')
  const result = await jobs[option('job')](option('job') === 'build' ? Number(of) : of)
  process.stdout.write(JSON.stringify(result), () => process.exit(0))
  await new Promise(() => {})
}

const own = (name) => name.startsWith('myfy')
const results = {}
const absent = []
for (const name of Object.keys(peers)) {
  const result = child('time', name)
  if (result.error) absent.push([name, result.error.replace(/^.*Error[:(]* *'?|'?\)?;?$/g, '')])
  else
    results[name] = {
      ...result,
      bytes: child('bytes', name, '--min-semi-space-size=128', '--max-semi-space-size=128'),
    }
}
const rows = Object.entries(results).map(([name, { ns, ratio, bytes, get }]) => [
  name,
  figure(ns),
  `${figure(ratio)}×`,
  figure(bytes),
  get ? figure(get) : '',
])
// Of three runs the middle one: the collector of a process that is disturbed once is late for the rest of it.
const builds = [10, 100, 1_000, 10_000, 100_000].map(
  (size) => [1, 2, 3].map(() => child('build', size)).sort((a, b) => a.each - b.each)[1],
)

const table = (head, lines) =>
  [
    `| ${head.join(' | ')} |`,
    `| ${head.map((_, i) => (i ? '---:' : '---')).join(' | ')} |`,
    ...lines.map((line) => `| ${line.join(' | ')} |`),
  ].join('\n')
const versions = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).dependencies
const pinned = (name) =>
  versions[
    {
      deepkit: '@deepkit/injector',
      InferDI: '@inferdi/inferdi',
      Effect: 'effect',
      NestJS: '@nestjs/core',
      'needle-di': '@needle-di/core',
    }[name] ?? name
  ]

const thousand = builds.find(({ size }) => size === 1_000)
const largest = builds.at(-1)
const beyond = (name) => results[name].bytes - results['hand-written'].bytes
const targets = [
  ['request graph with a seed, tuple', '≤ 1.2×', results['myfy (tuple)'].ratio, 1.2, '×'],
  ['request graph with a seed, record', '≤ 4×', results['myfy (record)'].ratio, 4, '×'],
  ['without code generation, tuple', '≤ 50 ns', results['myfy (tuple), no codegen'].ns, 50, ' ns'],
  ['warm singleton', '≤ 8 ns', results['myfy (tuple)'].get, 8, ' ns'],
  ['1,000 providers registered, verified', '≤ 0.6 ms', thousand.ms, 0.6, ' ms'],
  ['a provider of 100,000 against one of 1,000', '≤ 1.5×', largest.each / thousand.each, 1.5, '×'],
  ['bytes beyond the services, tuple', '≤ 150 B', beyond('myfy (tuple)'), 150, ' B'],
  ['bytes beyond the services, record', '≤ 150 B', beyond('myfy (record)'), 150, ' B'],
].map(([what, goal, value, limit, unit]) => [
  what,
  goal,
  `${value.toFixed(2)}${unit}`,
  value <= limit ? 'met' : 'missed',
])

const text = [
  `Measured ${new Date().toISOString().slice(0, 10)} on Node ${process.version}, ${os.cpus()[0].model.trim()}, ${os.cpus().length} cores (shared with other work): each peer in its own process, medians of ${rounds} rounds interleaved with the hand-written graph; the ratio is that of each round. One request builds Controller → Service → Repo → (singleton Pool, the request itself).`,
  table(
    ['', 'ns', '× hand-written', 'bytes a request', 'warm singleton, ns'],
    rows.map(([name, ...rest]) => [
      own(name) ? `**${name}**` : pinned(name) ? `${name} ${pinned(name)}` : name,
      ...rest,
    ]),
  ),
  ...absent.map(([name, why]) => `Not measured: ${name} ${pinned(name) ?? ''}: ${why}.`),
  'Building a graph (each provider injects one or two others), beside a bare `Map` that is filled with the same tokens and read once for each injection: the Map alone slows down by more than the target allows, which no container that looks its tokens up in a Map can meet. The rest of the growth is the garbage collector, which copies and marks what stays alive.',
  table(
    ['providers', 'ms', 'ns a provider', 'of which a bare Map takes'],
    builds.map(({ size, ms, each, map }) => [
      size.toLocaleString('en'),
      ms.toFixed(3),
      figure(each),
      figure(map),
    ]),
  ),
  table(['target', 'goal', 'here', ''], targets),
].join('\n\n')

console.log(text)
if (!quick) {
  const readme = new URL('../../packages/di/README.md', import.meta.url)
  const before = readFileSync(readme, 'utf8')
  writeFileSync(
    readme,
    before.replace(
      /(<!-- bench -->)[\s\S]*(<!-- \/bench -->)/,
      (_, open, close) => `${open}\n\n${text}\n\n${close}`,
    ),
  )
}
process.exit(0)

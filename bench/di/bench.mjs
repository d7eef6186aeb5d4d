// Builds one request graph with every peer, in interleaved rounds, and prints ratios to hand-written code.
// `npm run bench -- di` writes the table into packages/di/README.md; `--quick` only prints it.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import { loopOf } from './fixture.mjs'
import { peers } from './peers.mjs'

// Bytes need a young generation that does not overflow while they are counted, and that would slow the clock.
const counting = process.argv.includes('--bytes')
if (!globalThis.gc) {
  const flags = ['--expose-gc', '--no-warnings', fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  const { status } = spawnSync(process.execPath, flags, { stdio: 'inherit' })
  process.exit(status ?? 1)
}

const quick = process.argv.includes('--quick')
const rounds = quick ? 21 : 61
const slice = 10e6 // ns that one case runs in one round

const now = () => Number(process.hrtime.bigint())
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]
const figure = (value) => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en'))
const own = (name) => name.startsWith('myfy')

const cases = []
const absent = []
for (const [name, open] of Object.entries(peers)) {
  try {
    const { run, singleton, async } = await open()
    const built = await run({ id: 1 })
    if (!built.service.repo.pool || built.service.repo.req.id !== 1) throw new Error('built something else')
    cases.push({ name, async, loop: loopOf(name, run, async), times: [] })
    if (singleton) cases.push({ name, of: 'singleton', loop: loopOf(`${name} get`, singleton), times: [] })
  } catch (error) {
    absent.push([name, error.message.split('\n')[0]])
  }
}

const bytesOf = async ({ loop, async }) => {
  const results = []
  await loop(async ? 300 : 20_000)
  for (let i = 0; i < 5; i++) {
    globalThis.gc()
    const n = async ? 300 : 3_000
    const before = process.memoryUsage().heapUsed
    await loop(n)
    results.push((process.memoryUsage().heapUsed - before) / n)
  }
  return median(results)
}
if (counting) {
  const counted = {}
  for (const one of cases.filter(({ of }) => !of)) counted[one.name] = await bytesOf(one)
  console.log(JSON.stringify(counted))
  process.exit(0)
}
const allocated = JSON.parse(
  spawnSync(process.execPath, ['--expose-gc', '--no-warnings', '--max-semi-space-size=256', fileURLToPath(import.meta.url), '--bytes'], { encoding: 'utf8' }).stdout,
)

// Warm up, and find out how many runs fit into a slice.
for (const one of cases) {
  let n = 100
  for (let spent = 0; spent < slice * (quick ? 5 : 10); n *= 2) {
    const start = now()
    await one.loop(n)
    const took = now() - start
    spent += took
    one.count = Math.max(20, Math.round((n * slice) / took))
  }
}
for (let round = 0; round < rounds; round++) {
  // Another order in each round: nobody is always measured after the same neighbour.
  const order = cases.map((_, i) => cases[(i * 7 + round) % cases.length])
  for (const one of cases.length % 7 ? order : cases) {
    const start = now()
    await one.loop(one.count)
    one.times.push((now() - start) / one.count)
  }
}
const base = cases[0]
const ratio = ({ times }) => median(times.map((time, round) => time / base.times[round]))
const requests = cases.filter(({ of }) => !of)
const rows = []
for (const one of requests) {
  const get = cases.find(({ name, of }) => of && name === one.name)
  rows.push([one.name, figure(median(one.times)), `${figure(ratio(one))}×`, figure(allocated[one.name]), get ? figure(median(get.times)) : ''])
}

// Registration, verification and compilation of whole graphs.
const { Container } = await import('../../packages/di/dist/index.js')
const sizes = [10, 100, 1_000, 10_000, 100_000]
const builds = sizes.map((size) => {
  const tokens = Array.from({ length: size }, () => class {})
  const options = tokens.map((_, i) => ({ inject: i ? [tokens[i - 1], ...(i % 2 ? [tokens[i >> 1]] : [])] : [] }))
  const [times, maps] = [[], []]
  const runs = Math.max(quick ? 5 : 11, Math.min(400, 100_000 / size))
  for (let run = 0; run < runs * 2; run++) {
    if (size > 5_000) globalThis.gc()
    let start = now()
    const map = new Map()
    for (let i = 0; i < size; i++) map.set(tokens[i], options[i])
    for (let i = 0; i < size; i++) for (const token of options[i].inject) map.get(token)
    if (run >= runs) maps.push(now() - start)
    if (size > 5_000) globalThis.gc()
    start = now()
    const container = new Container()
    for (let i = 0; i < size; i++) container.register(tokens[i], options[i])
    container.build()
    if (run >= runs) times.push(now() - start)
  }
  return { size, ms: median(times) / 1e6, each: median(times) / size, map: median(maps) / size }
})

const table = (head, lines) => [`| ${head.join(' | ')} |`, `| ${head.map((_, i) => (i ? '---:' : '---')).join(' | ')} |`, ...lines.map((line) => `| ${line.join(' | ')} |`)].join('\n')
const versions = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).dependencies
const pinned = (name) => versions[{ deepkit: '@deepkit/injector', InferDI: '@inferdi/inferdi', Effect: 'effect', NestJS: '@nestjs/core', 'needle-di': '@needle-di/core' }[name] ?? name]

const find = (name) => requests.find((one) => one.name === name)
const thousand = builds.find(({ size }) => size === 1_000)
const largest = builds.at(-1)
const bytes = (name) => allocated[name] - allocated[base.name]
const get = median(cases.find(({ name, of }) => of && name === 'myfy (tuple)').times)
const targets = [
  ['request graph with a seed, tuple', '≤ 1.2×', ratio(find('myfy (tuple)')), 1.2, '×'],
  ['request graph with a seed, record', '≤ 4×', ratio(find('myfy (record)')), 4, '×'],
  ['without code generation, tuple', '≤ 50 ns', median(find('myfy (tuple), no codegen').times), 50, ' ns'],
  ['warm singleton', '≤ 8 ns', get, 8, ' ns'],
  ['1,000 providers registered, verified', '≤ 0.6 ms', thousand.ms, 0.6, ' ms'],
  ['a provider of 100,000 against one of 1,000', '≤ 1.5×', largest.each / thousand.each, 1.5, '×'],
  ['bytes beyond the services, tuple', '≤ 150 B', bytes('myfy (tuple)'), 150, ' B'],
  ['bytes beyond the services, record', '≤ 150 B', bytes('myfy (record)'), 150, ' B'],
].map(([what, goal, value, limit, unit]) => [what, goal, `${value.toFixed(2)}${unit}`, value <= limit ? 'met' : 'missed'])

const text = [
  `Measured ${new Date().toISOString().slice(0, 10)} on Node ${process.version}, ${os.cpus()[0].model.trim()}, ${os.cpus().length} cores (shared with other work): medians of ${rounds} interleaved rounds, the ratio is the median of the ratios of each round. One request builds Controller → Service → Repo → (singleton Pool, the request itself).`,
  table(
    ['', 'ns', '× hand-written', 'bytes a request', 'warm singleton, ns'],
    rows.map(([name, ...rest]) => [own(name) ? `**${name}**` : pinned(name) ? `${name} ${pinned(name)}` : name, ...rest]),
  ),
  ...absent.map(([name, why]) => `Not measured: ${name} ${pinned(name) ?? ''}: ${why}.`),
  'Building a graph (each provider injects one or two others), beside a bare `Map` that is filled with the same tokens and read once for each injection: where that slows down, it is the memory of the machine and not the container.',
  table(['providers', 'ms', 'ns a provider', 'of which a bare Map takes'], builds.map(({ size, ms, each, map }) => [size.toLocaleString('en'), ms.toFixed(3), figure(each), figure(map)])),
  table(['target', 'goal', 'here', ''], targets),
].join('\n\n')

console.log(text)
if (!quick) {
  const readme = new URL('../../packages/di/README.md', import.meta.url)
  const before = readFileSync(readme, 'utf8')
  writeFileSync(readme, before.replace(/(<!-- bench -->)[^]*(<!-- \/bench -->)/, (_, open, close) => `${open}\n\n${text}\n\n${close}`))
}
process.exit(0)

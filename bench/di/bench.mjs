// Builds one request graph with every peer and prints ratios to hand-written code. Each peer runs in a separate process,
// in rounds interleaved with the hand-written graph, so that heap and type feedback of one peer do not affect another. `npm run bench -- di` writes the table into packages/di/README.md; `--quick` only prints it.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import { report } from '../report.mjs'
import { builds } from './builds.mjs'
import { loopOf } from './fixture.mjs'
import { peers } from './peers.mjs'
import { types } from './types.mjs'

const quick = process.argv.includes('--quick')
const rounds = quick ? 9 : 61
const slice = quick ? 3e6 : 10e6 // ns that one case runs in one round
const limit = quick ? 5e8 : 5e9 // ns that one build of a graph may take

const now = () => Number(process.hrtime.bigint())
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]
const figure = (value) => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en'))

/** Runs one of `jobs` in a separate process. */
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
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: job === 'build' ? 20_000 : 60_000,
  })
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
  // The young generation is large enough not to overflow during the measurement.
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
  // A whole graph, warm. A size is omitted if one build exceeds the limit. Garbage collection counts at every size: a
  // collection forced before each build would return memory to the system, and the time would include its allocation.
  async build(argument) {
    const [name, size] = argument.split('/')
    const measure = async (size, runs) => {
      const build = await builds[name](size)
      const times = []
      const began = now()
      while (times.length < runs && (times.length < 3 || now() - began < (quick ? 3e8 : 1e9))) {
        const start = now()
        await build()
        times.push(now() - start)
        if (times.at(-1) > limit) return { over: true }
      }
      return { each: median(times) / size, ms: median(times) / 1e6 }
    }
    if (size > 1_000) await measure(1_000, 300)
    return measure(Number(size), size > 5_000 ? (quick ? 9 : 31) : 300)
  },
}

const option = (name) => process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1]
if (option('job')) {
  const of = option('of')
  const result = await jobs[option('job')](of)
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
const sizes = quick ? [1_000, 100_000] : [10, 100, 1_000, 10_000, 100_000]
// The median of three runs: a disturbance of the garbage collector affects the rest of its process.
const built = Object.keys(builds).map((name) => {
  const found = []
  for (const size of sizes) {
    // A quick run omits the largest sizes of peers.
    if (quick && size > 1_000 && !own(name)) break
    const times = name.startsWith('myfy') && !quick ? 3 : 1
    const runs = Array.from({ length: times }, () => child('build', `${name}/${size}`))
    const result = runs.sort((a, b) => a.each - b.each)[times >> 1]
    found.push(result)
    if (!result.each) break
  }
  return { name, found }
})

const table = (head, lines) =>
  [
    `| ${head.join(' | ')} |`,
    `| ${head.map((_, i) => (i ? '---:' : '---')).join(' | ')} |`,
    ...lines.map((line) => `| ${line.join(' | ')} |`),
  ].join('\n')
const versions = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).dependencies
const npmName = (name) =>
  ({
    deepkit: '@deepkit/injector',
    InferDI: '@inferdi/inferdi',
    Effect: 'effect',
    NestJS: '@nestjs/core',
    'needle-di': '@needle-di/core',
  })[name] ?? name
const pinned = (name) => versions[npmName(name)]

const builtBy = (name, size) => built.find((one) => one.name === name).found[sizes.indexOf(size)]
const beyond = (name) => results[name].bytes - results['hand-written'].bytes
const checked = types(quick ? 3 : 9)
const adds = (form) => checked[0].adds[form]
const asked = ['myfy (tuple)', 'myfy (tuple), no codegen', 'myfy scope.get']
const targets = [
  ['request graph with a seed, tuple', '≤ 1.2×', results['myfy (tuple)'].ratio, 1.2, '×'],
  ['request graph with a seed, record', '≤ 4×', results['myfy (record)'].ratio, 4, '×'],
  ['without code generation, tuple', '≤ 50 ns', results['myfy (tuple), no codegen'].ns, 50, ' ns'],
  ['warm singleton, by its provider value', '≤ 8 ns', results['myfy (record)'].get, 8, ' ns'],
  // The same call in three processes: the machine has periods in which everything takes nearly twice as long.
  ['the same, by its class', '≤ 8 ns', median(asked.map((name) => results[name].get)), 8, ' ns'],
  ['1,000 providers registered, verified', '≤ 0.6 ms', builtBy('myfy (classes)', 1_000).ms, 0.6, ' ms'],
  ['bytes beyond the services, tuple', '≤ 150 B', beyond('myfy (tuple)'), 150, ' B'],
  ['bytes beyond the services, record', '≤ 150 B', beyond('myfy (record)'), 150, ' B'],
  ...checked.flatMap(({ version, adds }) =>
    ['records', 'tuples', 'classes by tuple'].map((form) => [
      `500 providers for the compiler ${version}, ${form}`,
      '< 0.3 s',
      adds[form],
      0.3,
      ' s',
    ]),
  ),
].map(([what, goal, value, limit, unit]) => [
  what,
  goal,
  `${value.toFixed(2)}${unit}`,
  value <= limit ? 'met' : 'missed',
])

const building = {
  title: `Building a graph, in nanoseconds for each provider; each injects one or two others. myfy registers and verifies the graph, NestJS builds every service, deepkit compiles, the others record the registrations; Effect has no such step. A plain \`Map\` is filled with the same classes and read once for each injection. “–”: one build takes more than ${limit / 1e9} s or fails; larger ones are omitted.`,
  columns: ['providers', ...sizes.map((size) => size.toLocaleString('en'))],
  rows: built.map(({ name, found }) => [
    own(name) ? `**${name}**` : pinned(name) ? `${name} ${pinned(name)}` : name,
    ...sizes.map((_, i) => (found[i]?.each ? figure(found[i].each) : '–')),
  ]),
}

const checking = {
  title:
    'Compile time that 500 providers add to an empty project, in seconds; each injects up to three others. “With `any`”: the same file with functions that take `any`. Only typed peers are listed; awilix does not check the arguments of a class, and needle-di has no list to check. “> 60”: stopped after a minute.',
  columns: ['', ...checked.map(({ version }) => `TypeScript ${version}`)],
  rows: [
    ['the classes alone', ...checked.map(({ alone }) => alone.toFixed(2))],
    ...Object.keys(checked[0].adds).map((form) => [
      form.includes('any') ? form : `**myfy, ${form}**`,
      ...checked.map(({ adds }) => adds[form].toFixed(2)),
    ]),
    ...Object.keys(checked[0].peers).map((name) => [
      `${name} ${pinned(name)}`,
      ...checked.map(({ peers }) => (Number.isFinite(peers[name]) ? peers[name].toFixed(2) : '> 60')),
    ]),
  ],
}

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
  building.title,
  table(building.columns, building.rows),
  checking.title,
  table(checking.columns, checking.rows),
  table(['target', 'goal', 'here', ''], targets),
].join('\n\n')

const others = Object.keys(results).filter((name) => !own(name) && !name.startsWith('hand-written'))
const standing = (what, unit, target, ours, of) => ({
  what,
  unit,
  better: 'lower',
  target,
  ours,
  ...(of && {
    peers: Object.fromEntries(
      others.map((name) => [name, of(name)]).filter(([, value]) => value !== undefined && value !== null),
    ),
  }),
})
report({
  name: 'di',
  title: 'the graph of one request',
  quick,
  packages: others.map(npmName),
  columns: ['', 'ns', '× hand-written', 'bytes a request', 'warm singleton, ns'],
  rows: rows.map(([name, ...rest]) => [own(name) ? `**${name}**` : name, ...rest]),
  tables: [building, checking],
  notes: [
    `Each peer in its own process, medians of ${rounds} rounds interleaved with the hand-written graph. One request builds Controller → Service → Repo → (singleton Pool, the request itself).`,
    ...absent.map(([name, why]) => `Not measured: ${name}: ${why}.`),
  ],
  standing: [
    standing(
      'request graph, injected by a tuple',
      '× hand-written',
      1.2,
      results['myfy (tuple)'].ratio,
      (name) => results[name].ratio,
    ),
    standing(
      'request graph, injected by a record',
      '× hand-written',
      4,
      results['myfy (record)'].ratio,
      (name) => results[name].ratio,
    ),
    standing('request graph without code generation', 'ns', 50, results['myfy (tuple), no codegen'].ns),
    standing('memory of a request beyond its services', 'B', 150, beyond('myfy (tuple)'), beyond),
    standing('a warm singleton', 'ns', 8, results['myfy (tuple)'].get, (name) => results[name].get),
    standing('1,000 providers registered and verified', 'ms', 0.6, builtBy('myfy (classes)', 1_000).ms),
    standing('500 providers as records for the compiler', 's', 0.3, adds('records')),
  ],
})
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

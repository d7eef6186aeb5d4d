// Reload of all peers: latency, dropped requests, memory and idle CPU of the whole process tree.
// Options: --rounds 3 --edits 10 --drops 8 --files 20,300 --peers myfy,tsx --quick; --connect 300 for a slow database,
// --packages for packages other than those of the working tree.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { began, median, options, rotated, rounds } from '../figures.mjs'
import { report } from '../report.mjs'
import { generateApplication, generateNest, messageFile } from './generate.mjs'
import { drops, end, freePort, idleCpu, latencies, memory, pause, quantile, until } from './measure.mjs'
import { peers } from './peers.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const own = path.resolve(here, '../../packages')
const values = options({
  rounds: [3, 1],
  edits: [10, 5],
  drops: [8, 3],
  files: ['20,300', '20'],
  peers: undefined,
  connect: 0,
  packages: own,
})
const { quick } = values
const tools = here
const wanted = values.peers?.split(',')
// The order in which a quick run measures until its time is exhausted.
const first = ['myfy', 'hot-hook', 'bun --hot', 'vite ModuleRunner', 'tsx watch', 'nest start --watch']
const names = [...new Set([...first, ...Object.keys(peers)])].filter(
  (peer) => !wanted || wanted.some((part) => peer.includes(part)),
)
const sizes = String(values.files).split(',').map(Number)
/** The measurements by size and peer, one entry for each round. */
const runs = new Map(sizes.map((files) => [files, new Map(names.map((name) => [name, []]))]))
const failures = new Map()
for (const round of rounds(values.rounds, quick)) {
  for (const files of sizes) {
    for (const name of rotated(names, round)) {
      const key = `${name}, ${files} files`
      if (quick && performance.now() - began > 80_000)
        failures.set(key, 'the time of a quick run was exhausted')
      if (failures.has(key)) continue
      try {
        runs
          .get(files)
          .get(name)
          .push(await measure(name, files))
        process.stderr.write(`${key}\n`)
      } catch (error) {
        failures.set(key, error.message.split('\n')[0])
      }
    }
  }
}

const sum = (list) => list.reduce((total, each) => total + each, 0)
const of = (files, name) => runs.get(files)?.get(name) ?? []
const times = (files, name) => of(files, name).flatMap((run) => run.times)
const mended = (files, name) => {
  const repairs = of(files, name).flatMap((run) => run.repairs)
  return repairs.length > 0 ? median(repairs).toFixed(1) : 'never'
}
const lost = (files, name) =>
  sum(of(files, name).map(({ seen }) => seen.refused + seen.reset + seen.status + seen.other))
const middle = (files, name, pick) => median(of(files, name).map(pick))
const measured = (files) => names.filter((name) => of(files, name).length > 0)
const standing = (what, unit, target, files, figure) => ({
  what,
  unit,
  better: 'lower',
  target,
  ours: figure(files, 'myfy'),
  peers: Object.fromEntries(
    measured(files)
      .filter((name) => name !== 'myfy')
      .map((name) => [name, figure(files, name)]),
  ),
})

report({
  name: 'reload',
  title: 'from a saved file to the first answer of the new code',
  quick,
  partial: wanted !== undefined || values.connect > 0 || values.packages !== own,
  packages: ['vite', 'tsx', 'nodemon', 'bun', 'hot-hook', '@nestjs/cli', '@swc/core'],
  from: new URL('package.json', import.meta.url),
  tables: sizes.map((files) => ({
    title: `An application of ${files} files:`,
    columns: [
      '',
      'median, ms',
      'p95, ms',
      'repair, ms',
      'lost requests',
      'start, ms',
      'memory, MB',
      'idle CPU, %',
    ],
    rows: measured(files).map((name) => [
      name === 'myfy' ? '**myfy**' : name,
      median(times(files, name)).toFixed(1),
      quantile(times(files, name), 0.95).toFixed(1),
      mended(files, name),
      `${lost(files, name)} of ${sum(of(files, name).map(({ seen }) => seen.asked)).toLocaleString('en')}`,
      middle(files, name, (run) => run.start).toFixed(0),
      middle(files, name, (run) => run.memory).toFixed(0),
      middle(files, name, (run) => run.cpu).toFixed(2),
    ]),
  })),
  notes: [
    'All run the same application, with these exceptions: bun --hot, vite and hot-hook reload a plain handler, which starts nothing, and nest runs a separate application with as many files. Two clients send a request every 5 ms while files are saved. A request is lost if it is refused, reset, or answered with 5xx. A repair is the save after one with a syntax error. Memory and CPU are those of the whole process tree.',
    ...[...failures].map(([key, why]) => `Not measured: ${key}: ${why}.`),
  ],
  standing: measured(sizes[0]).includes('myfy')
    ? [
        ...sizes.map((files) =>
          standing(
            `a saved file is served, ${files} files`,
            'ms',
            files <= 20 ? 10 : 25,
            files,
            (files, name) => median(times(files, name)),
          ),
        ),
        standing('requests lost while files are saved', '', 0, sizes[0], lost),
        standing('memory of all processes in development', 'MB', 120, sizes[0], (files, name) =>
          middle(files, name, (run) => run.memory),
        ),
        standing('processor time while nothing happens', '%', 0.5, sizes[0], (files, name) =>
          middle(files, name, (run) => run.cpu),
        ),
      ]
    : [],
})

async function measure(peer, files) {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'myfy-bench-')))
  const port = await freePort()
  const generate = peer.startsWith('nest') ? generateNest : generateApplication
  const app = generate(root, { files, port, connect: Number(values.connect) })
  link(root, peer)
  const [command, args] = peers[peer]({ app, root, here, tools, port: String(port) })
  const log = openSync(path.join(root, 'log.txt'), 'w')
  const spawned = performance.now()
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', log, log],
    env: { ...process.env, LOG_LEVEL: 'silent', NO_COLOR: '1' },
  })
  try {
    if ((await until(port, 'start', quick ? 10_000 : 30_000)) === undefined)
      throw new Error(`no start: ${readFileSync(path.join(root, 'log.txt'), 'utf8').slice(-400)}`)
    const start = performance.now() - spawned
    await pause(quick ? 500 : 1_500)
    const { times, failed } = await latencies(port, app.edit, messageFile, values.edits)
    if (failed) throw new Error('a saved file was never served')
    const repairs = await latencies(port, app.edit, messageFile, values.edits, 'export const = ;\n')
    const seen = await drops(port, app.edit, messageFile, values.drops)
    await pause(1_000)
    const cpu = await idleCpu(child.pid, quick ? 2_000 : 5_000)
    return {
      start,
      times,
      repairs: repairs.failed ? [] : repairs.times,
      seen,
      cpu,
      memory: memory(child.pid),
    }
  } finally {
    await end(child)
    rmSync(root, { recursive: true, force: true })
  }
}

function link(root, peer) {
  const modules = path.join(root, 'node_modules')
  if (peer.startsWith('nest')) return symlinkSync(path.join(tools, 'node_modules'), modules)
  mkdirSync(path.join(modules, '@myfy'), { recursive: true })
  for (const name of ['di', 'core', 'web', 'reload'])
    symlinkSync(path.join(values.packages, name), path.join(modules, '@myfy', name))
  symlinkSync(path.join(tools, 'node_modules/zod'), path.join(modules, 'zod'))
}

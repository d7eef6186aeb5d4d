// The kernel without HTTP: the time to import it, to initialize a large application, and to start and stop a module.
// Options: --quick.
import { spawnSync } from 'node:child_process'
import { median, options } from '../figures.mjs'
import { report } from '../report.mjs'

const core = new URL('../../packages/core/dist/index.js', import.meta.url)
const di = new URL('../../packages/di/dist/index.js', import.meta.url)
const { quick } = options({})

/** Measures processes in pairs, so that other load affects both equally. */
function importCost() {
  const time = (script) => {
    const began = performance.now()
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script])
    if (status !== 0) throw new Error(String(stderr))
    return performance.now() - began
  }
  const bare = []
  const difference = []
  for (let round = 0; round < (quick ? 15 : 60); round++) {
    const without = time('0')
    const withCore = time(`import ${JSON.stringify(core.href)}`)
    bare.push(without)
    difference.push(withCore - without)
  }
  return { bare: median(bare), import: median(difference) }
}

async function lives() {
  const { Application, consoleLogger, defineModule } = await import(core.href)
  const { token } = await import(di.href)
  const logger = consoleLogger({ level: 'silent' })

  const large = () =>
    new Application({
      logger,
      modules: Array.from({ length: 1_000 }, (_, m) =>
        defineModule({
          name: `module${m}`,
          requires: m > 0 ? [`module${m - 1}`] : [],
          configure(container) {
            let before
            for (let p = 0; p < 10; p++) {
              const own = token(`service ${m}.${p}`)
              container.register(
                own,
                before ? { inject: [before], factory: (one) => ({ one }) } : { factory: () => ({}) },
              )
              before = own
            }
          },
        }),
      ),
    })
  const initialize = []
  for (let round = 0; round < (quick ? 7 : 25); round++) {
    const app = large()
    const began = performance.now()
    await app.initialize()
    initialize.push(performance.now() - began)
    await app.stop()
  }

  // The difference between many and few modules, which excludes the cost of the application.
  const life = async (n) => {
    const app = new Application({
      logger,
      modules: Array.from({ length: n }, (_, m) =>
        defineModule({ name: `module${m}`, async start() {}, async stop() {} }),
      ),
    })
    await app.initialize()
    const began = performance.now()
    await app.startModules()
    await app.stopModules()
    return performance.now() - began
  }
  const module = []
  for (let round = 0; round < (quick ? 20 : 100); round++) {
    const few = await life(10)
    const many = await life(1_010)
    module.push((many - few) / 1_000)
  }
  return { first: initialize[0], initialize: median(initialize), module: median(module) * 1_000 }
}

const found = { ...importCost(), ...(await lives()) }
const measured = [
  ['importing @myfy/core adds to the start of a process', 'ms', 20, found.import],
  ['initialize 1,000 modules and 10,000 providers, the first time', 'ms', 100, found.first],
  ['initialize 1,000 modules and 10,000 providers, median', 'ms', 100, found.initialize],
  ['start and stop of a module', 'µs', 20, found.module],
]

report({
  name: 'core',
  title: 'the kernel without HTTP',
  quick,
  columns: ['', 'here', 'target'],
  rows: [
    ['a bare node process', `${found.bare.toFixed(1)} ms`, ''],
    ...measured.map(([what, unit, target, value]) => [
      what,
      `${value.toFixed(2)} ${unit}`,
      `≤ ${target} ${unit}`,
    ]),
  ],
  standing: measured.map(([what, unit, target, ours]) => ({ what, unit, better: 'lower', target, ours })),
})

// Time from the start of the process to the first response: the same server in each framework, and the commands that
// start a myfy application; the memory of `myfy run` with all its processes.
// Options: --rounds 15 --only fastify,nest --quick.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median, options, rotated, rounds } from '../figures.mjs'
import { chosen, packages, start } from '../http/server.mjs'
import { memory, pause, tree } from '../reload/measure.mjs'
import { report } from '../report.mjs'

/** The time for the spare process to be prepared and for garbage to be collected, in ms. */
const SETTLED_MS = 2_000

const { quick, only, rounds: count } = options({ rounds: [25, 7], only: undefined })
const names = chosen(only)
const built = fileURLToPath(new URL('../../packages', import.meta.url))
const cwd = mkdtempSync(join(tmpdir(), 'myfy-boot-'))
const port = await freePort()
write()

const cli = join(built, 'cli/bin/myfy.js')
const ways = {
  'node main.mjs': ['main.mjs'],
  'myfy start app.mjs': [cli, 'start', 'app.mjs'],
  'myfy start main.mjs': [cli, 'start', 'main.mjs'],
  'myfy start app.ts': [cli, 'start', 'app.ts'],
  'myfy run --no-reload app.mjs': [cli, 'run', '--no-reload', 'app.mjs'],
  'myfy run app.ts': [cli, 'run', 'app.ts'],
}

const watching = 'myfy run app.ts'
/** The memory of the processes of `myfy run`, in MB. */
const sizes = []
const times = new Map([...names, ...Object.keys(ways)].map((name) => [name, []]))
try {
  // Interleaved runs: other load on the machine affects all of them equally.
  for (const round of rounds(count, quick)) {
    for (const name of rotated(names, round)) {
      const server = await start(name)
      times.get(name).push(server.boot)
      await server.end()
    }
    for (const way of rotated(Object.keys(ways), round)) times.get(way).push(await boot(ways[way]))
    sizes.push(await sizeOf(ways[watching]))
  }
} finally {
  rmSync(cwd, { recursive: true, force: true })
}

const ratio = (name, base) => median(times.get(name).map((ms, i) => ms / times.get(base)[i]))
const row = (base) => (name) => [
  name === 'myfy' ? '**myfy**' : name,
  median(times.get(name)).toFixed(0),
  Math.min(...times.get(name)).toFixed(0),
  `${ratio(name, base).toFixed(2)}×`,
]
const done = times.get('node:http').length

report({
  name: 'boot',
  title: 'from the start of the process to the first answer',
  quick,
  partial: only !== undefined,
  packages,
  tables: [
    {
      title: `The server of the http bench (105 routes), started by node; ${done} rounds, ms:`,
      columns: ['', 'median', 'minimum', '× node:http'],
      rows: names.map(row('node:http')),
    },
    {
      title: 'Commands that start one application (20 routes, zod, a module), ms:',
      columns: ['', 'median', 'minimum', '× node'],
      rows: Object.keys(ways).map(row('node main.mjs')),
    },
  ],
  notes: [
    `Memory of \`myfy run app.ts\`: the proportional set size of its three processes, ${SETTLED_MS / 1000} s after the first answer: ${Math.min(...sizes).toFixed(0)} to ${Math.max(...sizes).toFixed(0)} MB.`,
  ],
  standing: [
    {
      what: 'boot to the first answer',
      unit: '× node:http',
      better: 'lower',
      target: 1.4,
      ours: ratio('myfy', 'node:http'),
      peers: Object.fromEntries(
        names
          .filter((name) => !['node:http', 'myfy'].includes(name))
          .map((name) => [name, ratio(name, 'node:http')]),
      ),
    },
    {
      what: '`myfy start app.mjs`, boot',
      unit: '× node main.mjs',
      better: 'lower',
      ours: ratio('myfy start app.mjs', 'node main.mjs'),
    },
    {
      what: '`myfy run app.ts` with its watcher, boot',
      unit: '× node main.mjs',
      better: 'lower',
      target: 1.5,
      ours: ratio(watching, 'node main.mjs'),
    },
    {
      what: '`myfy run app.ts`: memory of supervisor, application and spare',
      unit: 'MB',
      better: 'lower',
      target: 120,
      ours: median(sizes),
    },
  ],
})

async function boot(args) {
  const { ms, end } = await served(args)
  await end()
  return ms
}

/** Returns the memory of a command and its processes, in MB, when they have nothing to do. */
async function sizeOf(args) {
  const { child, end } = await served(args)
  await pause(SETTLED_MS)
  const processes = tree(child.pid).length
  if (processes !== 3) throw new Error(`${args.join(' ')} consists of ${processes} processes`)
  const size = memory(child.pid)
  await end()
  return size
}

/** Starts a command. Resolves at its first answer, `ms` after the start of its process. */
async function served(args) {
  const began = performance.now()
  const child = spawn(process.execPath, args, { cwd, stdio: 'ignore' })
  let over = false
  const ended = new Promise((resolve) => child.once('exit', resolve)).then(() => {
    over = true
  })
  while (!(await answers()))
    if (over || performance.now() - began > 20_000) throw new Error(`no answer from ${args.join(' ')}`)
  const ms = performance.now() - began
  const end = () => {
    child.kill('SIGTERM')
    return ended
  }
  return { child, ms, end }
}

function answers() {
  return new Promise((resolve) => {
    get({ port, host: '127.0.0.1', path: '/users/7/1', agent: false }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode === 200))
    }).on('error', () => setTimeout(resolve, 2, false))
  })
}

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Writes the application into a project that has the packages installed. */
function write() {
  mkdirSync(join(cwd, 'node_modules/@myfy'), { recursive: true })
  for (const name of ['di', 'core', 'web', 'reload', 'cli'])
    symlinkSync(join(built, name), join(cwd, 'node_modules/@myfy', name))
  symlinkSync(join(built, 'cli/node_modules/zod'), join(cwd, 'node_modules/zod'))
  writeFileSync(join(cwd, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(cwd, 'app.mjs'),
    `import { Application, defineModule, defineSettings } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
import { z } from 'zod'
class Users { find(id) { return { id } } }
const Settings = defineSettings(z.object({ poolSize: z.number().default(4) }))
const users = defineRoutes('/users', (route) => {
  for (let i = 0; i < 20; i++) route.get('/' + i + '/:id', { params: z.object({ id: z.coerce.number() }), inject: { users: Users } }, ({ params, users }) => users.find(params.id))
})
export const app = new Application({ settings: Settings })
  .addModule(defineModule({ name: 'data', configure: (container) => container.register(Users), start() {} }))
  .addModule(new WebModule({ routes: [users], port: ${port} }))
`,
  )
  writeFileSync(join(cwd, 'main.mjs'), `import { app } from './app.mjs'\nawait app.run()\n`)
  writeFileSync(join(cwd, 'app.ts'), `export { app } from './app.mjs'\n`)
}

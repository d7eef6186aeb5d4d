// From the start of the process to the first answer: `myfy start` against the same application by `node` itself.
// Options: --runs 15, --port 18500. Needs `pnpm build`.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '15' }, port: { type: 'string', default: '18500' } },
})
const runs = Number(values.runs)
const port = Number(values.port)
const packages = fileURLToPath(new URL('../../packages', import.meta.url))
const cwd = mkdtempSync(join(tmpdir(), 'myfy-boot-'))

mkdirSync(join(cwd, 'node_modules/@myfy'), { recursive: true })
for (const name of ['di', 'core', 'web', 'reload', 'cli'])
  symlinkSync(join(packages, name), join(cwd, 'node_modules/@myfy', name))
symlinkSync(join(packages, 'cli/node_modules/zod'), join(cwd, 'node_modules/zod'))
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

const cli = join(packages, 'cli/bin/myfy.js')
const ways = {
  'node main.mjs': ['main.mjs'],
  'myfy start app.mjs': [cli, 'start', 'app.mjs'],
  'myfy start main.mjs': [cli, 'start', 'main.mjs'],
  'myfy start app.ts': [cli, 'start', 'app.ts'],
  'myfy run --no-reload app.mjs': [cli, 'run', '--no-reload', 'app.mjs'],
  'myfy run app.ts': [cli, 'run', 'app.ts'],
}

const figures = new Map(Object.keys(ways).map((name) => [name, []]))
try {
  // One after the other in turn: whatever else the machine does hits all alike.
  for (let run = 0; run < runs; run++)
    for (const [name, args] of Object.entries(ways)) figures.get(name).push(await boot(args))
} finally {
  rmSync(cwd, { recursive: true, force: true })
}

const base = median(figures.get('node main.mjs'))
console.log(`Node ${process.version}, ${runs} runs each; ms from spawn to the first answer`)
for (const [name, list] of figures) {
  console.log(
    `${name.padEnd(30)} median ${median(list).toFixed(0).padStart(4)}  least ${Math.min(...list)
      .toFixed(0)
      .padStart(4)}  ×${(median(list) / base).toFixed(2)}`,
  )
}

async function boot(args) {
  const began = performance.now()
  const child = spawn(process.execPath, args, { cwd, stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  while (!(await answers()))
    if (performance.now() - began > 20_000) throw new Error(`no answer from ${args.join(' ')}`)
  const ms = performance.now() - began
  child.kill('SIGTERM')
  await ended
  return ms
}

function answers() {
  return new Promise((resolve) => {
    get({ port, host: '127.0.0.1', path: '/users/7/1', agent: false }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode === 200))
    }).on('error', () => setTimeout(resolve, 2, false))
  })
}

function median(list) {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
}

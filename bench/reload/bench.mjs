// Reload side by side: latency, dropped requests, memory and idle CPU of the whole process tree.
// `npm run bench -- reload [--peers myfy,tsx] [--edits 25] [--files 20,300]`; needs built packages (`pnpm build`).

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { generateApplication, generateNest, messageFile } from './generate.mjs'
import { drops, end, freePort, idleCpu, latencies, memory, pause, quantile, until } from './measure.mjs'
import { peers } from './peers.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const { values } = parseArgs({
  options: {
    peers: { type: 'string' },
    edits: { type: 'string', default: '25' },
    drops: { type: 'string', default: '20' },
    files: { type: 'string', default: '20,300' },
    connect: { type: 'string', default: '0' },
    packages: { type: 'string', default: path.resolve(here, '../../packages') },
  },
})
const tools = here
const wanted = values.peers?.split(',') ?? Object.keys(peers)
const results = []
for (const files of values.files.split(',').map(Number)) {
  for (const name of Object.keys(peers).filter((peer) => wanted.some((part) => peer.includes(part)))) {
    const result = await measure(name, files).catch((error) => ({ peer: name, files, error: error.message }))
    results.push(result)
    console.log(JSON.stringify(result))
  }
}
console.table(results)

async function measure(peer, files) {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'myfy-bench-')))
  const port = await freePort()
  const generate = peer.startsWith('nest') ? generateNest : generateApplication
  const app = generate(root, { files, port, connect: Number(values.connect) })
  link(root, peer)
  const [command, args] = peers[peer]({ app, root, here, tools, port: String(port) })
  const log = openSync(path.join(root, 'log.txt'), 'w')
  const began = performance.now()
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', log, log],
    env: { ...process.env, LOG_LEVEL: 'silent', NO_COLOR: '1' },
  })
  try {
    if ((await until(port, 'start')) === undefined)
      throw new Error(`no start: ${readFileSync(path.join(root, 'log.txt'), 'utf8').slice(-400)}`)
    const start = performance.now() - began
    await pause(1_500)
    const { times, failed } = await latencies(port, app.edit, messageFile, Number(values.edits))
    const lost = failed ? undefined : await drops(port, app.edit, messageFile, Number(values.drops))
    await pause(1_000)
    const cpu = await idleCpu(child.pid)
    const round = (value, digits = 1) => (value === undefined ? undefined : Number(value.toFixed(digits)))
    return {
      peer,
      files,
      'start ms': round(start, 0),
      'median ms': round(quantile(times, 0.5)),
      'p95 ms': round(quantile(times, 0.95)),
      failed: failed ?? false,
      ...lost,
      'memory MB': round(memory(child.pid), 0),
      'idle CPU %': round(cpu, 2),
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

// The processor time that the record of the inspector adds to a request, in one process and in turns: two processes that
// do the same differ by several percent. Arguments: turns, path, and the URL of the folder of the packages.
import { readdirSync } from 'node:fs'
import { catalog } from './catalog.mjs'

const [turns, path, packages] = process.argv.slice(2)
const TOKEN = 'a-token-of-the-benchmark'
/** Less than are recorded at once, and what is recorded of each further second. */
const [COUNT, A_SECOND] = [200, 50]
const from = (name) => import(new URL(`${name}/dist/index.js`, packages).href)
const chunk = readdirSync(new URL('web/dist/', packages)).find((name) => /^recorder-.*\.js$/.test(name))
const { Recorder } = await import(new URL(`web/dist/${chunk}`, packages).href)
const { Application } = await from('core')
const { defineRoutes, HTTPTransport, WebModule } = await from('web')

// The recorder of the inspector begins and ends with the turns.
const { start } = Recorder.prototype
let recorder
Recorder.prototype.start = function begin() {
  recorder = this
  return () => {}
}
const silent = { debug() {}, info() {}, warn() {}, error: console.error }
const routes = defineRoutes('', (route) => {
  route.get('/hello', () => ({ hello: 'world' }))
  route.get('/catalog', () => catalog)
})
const transport = new HTTPTransport({ port: 0, host: '127.0.0.1' })
const web = new WebModule({ routes: [routes], inspector: { token: TOKEN }, transport })
const app = new Application({ logger: silent }).addModule(web)
await app.startModules()
await transport.listen({ app, signal: new AbortController().signal, logger: silent })

const ask = async (to, headers = {}) =>
  (await web.fetch(new Request(`http://localhost${to}`, { headers }))).text()
const send = async (count) => {
  for (let i = 0; i < count; i++) await ask(path)
}
/** The processor time of some work in µs. */
const timeOf = async (work) => {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}
const recording = async (work) => {
  const stop = start.call(recorder)
  try {
    return await work()
  } finally {
    stop()
  }
}
const perRequest = async () => (await timeOf(() => send(COUNT))) / COUNT
const kinds = {
  plain: perRequest,
  again: perRequest,
  recorded: () => recording(perRequest),
  above: () =>
    recording(async () => {
      await send(255)
      await new Promise((resolve) => setTimeout(resolve, 25))
      return perRequest()
    }),
  // One answer to the page, with the requests of a second.
  answer: () =>
    recording(async () => {
      const since = recorder.version
      await send(A_SECOND)
      const headers = { authorization: `Bearer ${TOKEN}` }
      return timeOf(() => ask(`/_myfy/data.json?page&since=${since}`, headers))
    }),
}
const times = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]))
const names = Object.keys(kinds)
// The first turns compile the code of all.
for (let turn = -5; turn < Number(turns); turn++)
  for (let i = 0; i < names.length; i++) {
    const name = names[(i + turn + 5) % names.length]
    const time = await kinds[name]()
    if (turn >= 0) times[name].push(time)
  }
process.send(times)
process.exit()

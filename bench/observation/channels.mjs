// The processor time of requests in one process, by several copies of the packages in turn: the same load, the same
// machine and the same moment for all. Arguments: rounds, requests of a turn, and the URLs of the folders of the copies.
const [rounds, count, ...copies] = process.argv.slice(2)
const silent = { debug() {}, info() {}, warn() {}, error: console.error }

async function applicationOf(from) {
  const { Application } = await import(new URL('core/dist/index.js', from).href)
  const { defineRoutes, WebModule } = await import(new URL('web/dist/index.js', from).href)
  const routes = defineRoutes('', (route) => void route.get('/hello', () => ({ hello: 'world' })))
  const web = new WebModule({ routes: [routes] })
  const app = new Application({ logger: silent }).addModule(web)
  await app.startModules()
  return async () => {
    const before = process.cpuUsage()
    for (let i = 0; i < count; i++) await (await web.fetch(new Request('http://localhost/hello'))).text()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / count
  }
}

const turns = []
for (const copy of copies) turns.push(await applicationOf(copy))
// Until the code of all is compiled.
for (let round = 0; round < 5; round++) for (const turn of turns) await turn()
const times = copies.map(() => [])
for (let round = 0; round < rounds; round++)
  for (let i = 0; i < turns.length; i++) {
    const at = (i + round) % turns.length
    times[at].push(await turns[at]())
  }
process.send(times)
process.exit()

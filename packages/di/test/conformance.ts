// What must work wherever the source runs: started as a process of its own by runtime.test.ts.
import { createContainer, request, seed, singleton } from '../src/index.ts'

class Pool {}
class Repo {
  pool: Pool
  id: number
  constructor(pool: Pool, id: number) {
    this.pool = pool
    this.id = id
  }
}

const log: string[] = []
const Id = seed<number>('request', 'Id')
const slow = singleton(async () => 'slow', { dispose: async () => void log.push('slow') })
const view = request({ repo: Repo, slow }, ({ repo, slow }) => `${slow} ${repo.id}`, {
  settle: (_, { ok }) => void log.push(`settle ${ok}`),
  dispose: (view) => void log.push(view),
})
const container = createContainer()
  .register(Pool)
  .register(Repo, { scope: 'request', inject: [Pool, Id] })
const plan = container.plan({ name: 'GET /', inject: { view }, scope: 'request', seeds: [Id] })
container.build()
await plan.prepare()
const opened = await plan.open(7)
await opened.settle({ ok: true })
await opened.dispose()
await container.dispose()
console.log([opened.values.view, ...log].join(', '))

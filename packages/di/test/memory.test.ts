import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { all, createContainer, lazy, optional, request, seed, token } from '@myfy/di'
import { expect, test } from 'vitest'
import { forms } from './support.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const heap = () => {
  gc()
  return process.memoryUsage().heapUsed
}

test('a marker or qualified token that is made for each call leaves nothing behind', () => {
  class Plugin {}
  const Id = seed<number>('request', 'Id')
  const Name = token<string>('Name')
  const container = createContainer()
    .registerMany(Plugin)
    .register(Name, { value: 'Ada' })
    .register(Name.named('last'), { value: 'Lovelace' })
    .build()
  const work = (count: number) => {
    for (let i = 0; i < count; i++) {
      const scope = container.createScope('request')
      scope.get(all(Plugin))
      container.get(all(Plugin))
      scope.get(optional(Id))
      container.get(lazy(Name))
      container.get(Name.named('last'))
    }
  }
  work(1_000)
  const before = heap()
  work(50_000)
  // A single 100 bytes a call would be 5 MB.
  expect(heap() - before).toBeLessThan(1_000_000)
})

test.each(forms)('1,000,000 request scopes leave the heap where it was ($codegen)', async (form) => {
  const Id = seed<number>('request', 'Id')
  let ended = 0
  const session = request({ id: Id }, ({ id }) => ({ id }), { dispose: () => void ended++ })
  const container = createContainer(form)
  const plan = container.plan({ name: 'x', inject: { session }, scope: 'request', seeds: [Id] })
  container.build()
  const work = async (count: number) => {
    for (let i = 0; i < count; i++) (await plan.open(i)).dispose({ ok: true })
    for (let i = 0; i < count / 10; i++) {
      const scope = container.createScope('request', [Id.of(i)])
      scope.get(session)
      scope.dispose({ ok: true })
    }
  }
  await work(10_000)
  const before = heap()
  await work(1_000_000)
  expect(heap() - before).toBeLessThan(1_000_000)
  expect(ended).toBe(1_111_000)
})

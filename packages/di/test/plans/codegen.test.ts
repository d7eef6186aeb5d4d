// The generated function of an entry point: the example in its comment, and the size of its source.
import { readFileSync } from 'node:fs'
import { createContainer, request, seed } from '@myfy/di'
import { expect, test, vi } from 'vitest'

/** The sources that a piece of code generates. */
function generated(act: () => void): readonly string[] {
  const sources: string[] = []
  const original = globalThis.Function
  const spy = new Proxy(original, {
    construct(target, args: string[]) {
      const [source] = args.slice(-1)
      if (source?.includes('function open_')) sources.push(source)
      return Reflect.construct(target, args) as object
    },
  })
  vi.stubGlobal('Function', spy)
  try {
    act()
  } finally {
    vi.unstubAllGlobals()
  }
  return sources
}

test('the generated function is the one in the comment above its generator', () => {
  const UserId = seed<number>('request', 'UserId')
  class Pool {
    session(id: number) {
      return { id }
    }
  }
  class Users {
    constructor(session: { id: number }) {
      void session
    }
  }
  const session = request({ pool: Pool, id: UserId }, ({ pool, id }) => pool.session(id))
  const container = createContainer()
    .register(Pool)
    .register(Users, { scope: 'request', inject: [session] })
  const plan = container.plan({
    name: 'GET /users',
    inject: { users: Users },
    scope: 'request',
    seeds: [UserId],
  })
  const [source] = generated(() => container.build() && plan.open(7))
  const file = readFileSync(`${import.meta.dirname}/../../src/plans/codegen.ts`, 'utf8')
  const blocks = [...file.matchAll(/```js\n([\s\S]*?) \* ```/g)]
  const comment = blocks
    .at(-1)![1]!
    .replace(/^ \* ?/gm, '')
    .trimEnd()
  expect(source!.replace(/open_\w+/, 'open_id')).toBe(comment)
})

test('the source grows linearly with the number of services', () => {
  const sizeOf = (count: number) => {
    const tx = request(() => ({}))
    const services = [tx]
    for (let i = 0; i < count; i++) services.push(request([services.at(-1)!, tx], (a) => a))
    const container = createContainer()
    const plan = container.plan({ name: 'GET /', inject: [services.at(-1)!], scope: 'request' })
    return generated(() => container.build() && plan.open())[0]!.length
  }
  const [small, large] = [sizeOf(100), sizeOf(400)]
  expect(large / small).toBeLessThan(4.5)
})

import { all, Container, lazy, singleton, token } from '@myfy/di'
import { hasPlans, mark, recorded, replay, SingletonReuse } from '@myfy/di/reuse'
import { describe, expect, test } from 'vitest'

class Pool {
  disposed = false;

  [Symbol.dispose]() {
    this.disposed = true
  }
}
class Repository {
  readonly pool: Pool
  constructor(pool: Pool) {
    this.pool = pool
  }
}
const Url = token<string>('url')

/** A container that has built what is asked for, and what was said to it. */
function earlierContainer(url = 'a') {
  const container = new Container()
  const since = mark(container)
  container.register(Url, { value: url })
  container.register(Pool, { inject: [Url], factory: () => new Pool() })
  container.register(Repository, { inject: [Pool] })
  container.build().get(Repository)
  return { container, recording: recorded(container, since) }
}

describe('a container that succeeds another', () => {
  test('uses the services whose providers and dependencies are the same', () => {
    const { container: earlier, recording } = earlierContainer()
    const later = new Container()
    replay(recording, later)
    const reuse = new SingletonReuse(later.build(), earlier)
    expect(later.get(Repository)).toBe(earlier.get(Repository))
    expect(reuse.notReused(recording)).toEqual([])
  })

  test('builds anew what depends on a value that changed', () => {
    const { container: earlier, recording } = earlierContainer()
    const later = new Container()
    replay(recording.slice(1), later)
    later.register(Url, { value: 'b' })
    const reuse = new SingletonReuse(later.build(), earlier)
    expect(later.get(Pool)).not.toBe(earlier.get(Pool))
    expect(reuse.notReused(recording)).toEqual(['Pool', 'Repository'])
  })

  test('builds anew what another factory makes, or what has not been built', () => {
    const { container: earlier } = earlierContainer()
    const later = new Container().register(Url, { value: 'a' }).register(Pool, { factory: () => new Pool() })
    new SingletonReuse(later.build(), earlier)
    expect(later.get(Pool)).not.toBe(earlier.get(Pool))
  })

  test('shares provider values, which nobody registered', () => {
    const clock = singleton(() => ({ started: Symbol() }))
    const earlier = new Container().build()
    const shared = earlier.get(clock)
    const later = new Container().register(clock).build()
    new SingletonReuse(later, earlier)
    expect(later.get(clock)).toBe(shared)
  })

  test('leaves disposal with the earlier until it is committed', async () => {
    const { container: earlier, recording } = earlierContainer()
    const pool = earlier.get(Pool)
    const failed = new Container()
    replay(recording, failed)
    new SingletonReuse(failed.build(), earlier)
    await failed.dispose()
    expect(pool.disposed).toBe(false)
    await earlier.dispose()
    expect(pool.disposed).toBe(true)
  })

  test('disposes of what it took over when it is committed, after its own services', async () => {
    const { container: earlier, recording } = earlierContainer()
    const pool = earlier.get(Pool)
    const later = new Container()
    replay(recording, later)
    const ended: string[] = []
    const own = token<object>('own')
    later.register(own, {
      inject: [Pool],
      factory: () => ({}),
      dispose: () => ended.push(`pool disposed: ${pool.disposed}`),
    })
    const reuse = new SingletonReuse(later.build(), earlier)
    later.get(own)
    reuse.commit()
    await earlier.dispose()
    expect(pool.disposed).toBe(false)
    await later.dispose()
    expect(ended).toEqual(['pool disposed: false'])
    expect(pool.disposed).toBe(true)
  })

  test('does not share what reaches another by a handle or a list', () => {
    const Part = token<number>('part')
    const Whole = token<object>('whole')
    const make = () => ({})
    const build = () => {
      const container = new Container()
      const since = mark(container)
      container.registerMany(Part, { factory: () => 1 })
      container.register(Pool)
      container.register(Whole, { inject: [all(Part), lazy(Pool)], factory: make })
      return { container, recording: recorded(container, since) }
    }
    const { container: earlier, recording } = build()
    earlier.build().get(Whole)
    const later = new Container()
    replay(recording, later)
    expect(new SingletonReuse(later.build(), earlier).notReused(recording)).toEqual(['part', 'whole'])
  })

  test('knows that a plan was declared', () => {
    const container = new Container()
    container.plan({ name: 'job', inject: [] })
    expect(hasPlans(recorded(container, 0))).toBe(true)
  })
})

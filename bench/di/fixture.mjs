// The graph that every peer builds for each request: Controller → Service → Repo → (Pool, Req). The pool is a singleton,
// Req is an input. Each peer has separate classes, so that peers do not share type feedback.
let serial = 0

export function fixture() {
  const id = serial++
  return new Function(`
    class Pool${id} {}
    class Repo${id} { constructor(pool, req) { this.pool = pool; this.req = req } }
    class Service${id} { constructor(repo) { this.repo = repo } }
    class Controller${id} { constructor(service) { this.service = service } }
    const fillers = Array.from({ length: 40 }, () => class Filler${id} { constructor(pool) { this.pool = pool } })
    return { Pool: Pool${id}, Repo: Repo${id}, Service: Service${id}, Controller: Controller${id}, fillers }
  `)()
}

/** Creates a separate loop for each case, so that its calls stay monomorphic. */
export const loopOf = (name, run, async) =>
  new Function(
    'run',
    'sink',
    async
      ? `/* ${name} */ return async (n) => { for (let i = 0; i < n; i++) sink.value = await run({ id: i }) }`
      : `/* ${name} */ return (n) => { for (let i = 0; i < n; i++) sink.value = run({ id: i }) }`,
  )(run, {})

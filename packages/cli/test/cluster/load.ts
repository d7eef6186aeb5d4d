// Clients that connect to workers, and requests on new connections at a steady rate.

import { get } from 'node:http'

/** The result of requests on new connections. */
export interface LoadResult {
  readonly answered: number
  /** Errors other than a refused connection: what was accepted and not answered. */
  readonly lost: readonly string[]
}

/** Requests a URL on a new connection `rate` times a second until a connection is refused, or `end` is called. */
export function newConnections(url: string, rate: number) {
  const lost: string[] = []
  const pending = new Set<Promise<void>>()
  let serves = () => {}
  const serving = new Promise<void>((resolve) => {
    serves = resolve
  })
  let answered = 0
  let ended = false
  const request = () =>
    new Promise<void>((resolve) => {
      get(url, { agent: false }, (response) => {
        response.resume()
        response.on('error', (error) => lost.push(`answer: ${error.message}`))
        response.on('close', () => {
          if (response.complete && response.statusCode === 200) {
            answered++
            serves()
          } else lost.push(`status ${response.statusCode}`)
          resolve()
        })
      }).on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') ended = true
        else lost.push(error.code ?? error.message)
        resolve()
      })
    })
  const timer = setInterval(() => {
    if (ended) return clearInterval(timer)
    const one = request()
    pending.add(one)
    void one.then(() => pending.delete(one))
  }, 1_000 / rate)
  return {
    /** Resolves with the first answer. */
    serving,
    async end(): Promise<LoadResult> {
      ended = true
      clearInterval(timer)
      await Promise.all(pending)
      return { answered, lost }
    },
  }
}

// The page that is served while no application is: the problem, and a reload as soon as that changes.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { formatProblem, type Problem } from '../problem.ts'
import { trackConnections } from '../sockets/refuse-connections.ts'

/** Answers every request with 503 and the problem: as HTML to browsers, as JSON where it is asked for, or as text. */
export class ErrorPage {
  readonly #server: Server
  readonly #streams = new Set<ServerResponse>()
  readonly #end: () => Promise<void>
  #problem: Problem
  #since = new Date()

  constructor(problem: Problem) {
    this.#problem = problem
    this.#server = createServer((request, response) => this.#answer(request, response))
    this.#end = trackConnections(this.#server)
  }

  /** Starts to answer. */
  listen(target: object): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(target, resolve)
    })
  }

  /** Shows another problem. Open pages load it. */
  show(problem: Problem): void {
    this.#problem = problem
    this.#since = new Date()
    this.#reloadPages()
  }

  /** Stops listening, because the application serves. Open pages load it. */
  close(): void {
    this.#reloadPages()
    for (const stream of this.#streams) stream.end()
    this.#server.close()
    this.#server.closeIdleConnections()
  }

  /** Answers what was accepted, and ends with its process. */
  async end(): Promise<void> {
    for (const stream of this.#streams) stream.end()
    await this.#end()
  }

  #reloadPages(): void {
    for (const stream of this.#streams) stream.write('data: reload\n\n')
  }

  #answer(request: IncomingMessage, response: ServerResponse) {
    const accepts = request.headers.accept ?? ''
    if (accepts.includes('text/event-stream')) return this.#stream(response)
    const problem = isLocal(request.headers.host) ? this.#problem : WITHHELD
    const [type, body] = accepts.includes('text/html')
      ? ['text/html; charset=utf-8', page(problem)]
      : accepts.includes('application/json')
        ? ['application/problem+json', json(problem, this.#since)]
        : ['text/plain; charset=utf-8', text(problem)]
    response.writeHead(503, {
      'content-type': type,
      'cache-control': 'no-store',
      'retry-after': '1',
      connection: 'close',
    })
    response.end(body)
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write('retry: 300\n\n')
    this.#streams.add(response)
    response.once('close', () => this.#streams.delete(response))
  }
}

/** The problem for other names than those of this machine. */
const WITHHELD: Problem = {
  phase: 'start',
  message: 'The reason is in the terminal. This page shows it on localhost and on IP addresses only.',
  stack: '',
}

/**
 * Reports whether a Host header names this machine: `localhost`, a name below it, or an IP address. A page of another
 * site can make its own name resolve to 127.0.0.1, and would read the sources in the problem (DNS rebinding).
 */
function isLocal(host: string | undefined): boolean {
  if (host === undefined) return true
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0
}

const titleOf = ({ phase }: Problem): string =>
  phase === 'run' ? 'The application has ended' : 'The application does not start'

const placeOf = ({ location }: Problem): string | undefined =>
  location && `${location.file}:${location.line}:${location.column}`

/** The text that the terminal shows. */
const text = (problem: Problem): string =>
  `${titleOf(problem)}.\n\n${formatProblem(problem, process.cwd())}\n`

/** The problem details of RFC 9457, with the place of the error and the time from which on it exists. */
function json(problem: Problem, since: Date): string {
  const { message: detail, code } = problem
  const title = titleOf(problem)
  return JSON.stringify({
    type: 'about:blank',
    title,
    status: 503,
    detail,
    code,
    place: placeOf(problem),
    since,
  })
}

function page(problem: Problem): string {
  const { message, frame, stack } = problem
  const title = titleOf(problem)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
  body { margin: 3rem auto; max-width: 60rem; padding: 0 1rem; font: 16px/1.5 system-ui }
  h1 { font-size: 1.1rem; color: #b3261e } p, details pre { white-space: pre-wrap; overflow-wrap: anywhere }
  pre { padding: 1rem; overflow: auto; background: #8882; border-radius: 6px }
  @media (prefers-color-scheme: dark) { h1 { color: #ff8a80 } }
</style>
<h1>${title}</h1>
<p>${escapeHtml(message)}</p>
<p><code>${escapeHtml(placeOf(problem) ?? '')}</code></p>
${frame ? `<pre>${escapeHtml(frame)}</pre>` : ''}
<details><summary>Stack</summary><pre>${escapeHtml(stack)}</pre></details>
<p>This page reloads when the code changes.</p>
<script>
  // The stream sends a message for another problem, and ends when the application serves.
  const source = new EventSource(location.href)
  source.onmessage = source.onerror = () => location.reload()
</script>
</html>
`
}

function escapeHtml(value: string): string {
  return value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

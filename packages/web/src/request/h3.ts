// The only file that knows h3 and crossws. Both are loaded when something first needs them: a service that uses
// neither starts 40 ms sooner.

import type { H3Event } from 'h3'

export type { CorsOptions, H3Event } from 'h3'

/** h3, loaded once by the module system. */
export const loadH3 = (): Promise<typeof import('h3')> => import('h3')

/** The WebSocket adapter for Node, loaded once by the module system. */
export const loadWebSockets = (): Promise<typeof import('crossws/adapters/node')> =>
  import('crossws/adapters/node')

/** A web request as an h3 event. `ip` and `node` are what srvx would have put on it. */
export async function createEvent(
  request: Request,
  ip: string | undefined,
  node: object | undefined,
): Promise<H3Event> {
  const { H3Event } = await loadH3()
  return new H3Event(Object.assign(request, { ip, runtime: node && { name: 'node', node } }) as never)
}

// The only file that imports h3 and crossws. Both are loaded when first needed: a service that uses neither starts
// 40 ms sooner.

import type { H3Event } from './h3-event.ts'

/** Loads h3, once. */
export const loadH3 = (): Promise<typeof import('h3')> => import('h3')

/** Loads the WebSocket adapter for Node, once. */
export const loadWebSockets = (): Promise<typeof import('crossws/adapters/node')> =>
  import('crossws/adapters/node')

/**
 * Returns a web request as an h3 event. The objects of node:http are not part of it: a Node handler would write the
 * response past the framework, so that services would not settle and middleware would not see it. Such handlers are
 * mounted with `mountNode`.
 */
export async function createEvent(request: Request, ip: string | undefined): Promise<H3Event> {
  const { H3Event } = await loadH3()
  const event = new H3Event(Object.assign(request, { ip }) as never)
  // Without a runtime, which a request of a server has.
  return event as typeof event & { readonly runtime: undefined; readonly node: undefined }
}

// The debugger of the supervisor's own process, which was meant for the application.

import inspector from 'node:inspector'

/** Closes the debugger of this process. Returns its address, `host:port`, or undefined without one. */
export function takeInspector(): string | undefined {
  const url = inspector.url()
  if (url === undefined) return undefined
  inspector.close()
  return new URL(url).host
}

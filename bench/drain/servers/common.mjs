// The behavior that all servers of the drain test share, and the report of their cleanup.

import { setTimeout as sleep } from 'node:timers/promises'

export const state = { open: true }

export async function slow() {
  await sleep(2_000)
  if (!state.open) throw new Error('the database was closed under the request')
  return { slow: true }
}

/** Closes the "database": later requests fail. */
export function cleanup() {
  state.open = false
}

/** An event stream that sends a line every second while it is read. */
export function events(res) {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  res.write('data: hello\n\n')
  const timer = setInterval(() => res.write('data: tick\n\n'), 1_000)
  res.on('close', () => clearInterval(timer))
}

export const listening = (port) => process.send?.({ port }, () => process.disconnect?.())

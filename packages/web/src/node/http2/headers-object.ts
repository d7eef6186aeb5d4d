// The headers of an answer for node:http2.

import type { OutgoingHttpHeaders } from 'node:http2'

/** Returns the headers of an answer as node:http2 takes them. Those of connections do not exist in HTTP/2 (RFC 9113, 8.2.2). */
export function headersObject(status: number, list: readonly string[]): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ':status': status }
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i]!.toLowerCase()
    if (name === 'upgrade') continue
    const known = headers[name] as string | string[] | undefined
    headers[name] = known === undefined ? list[i + 1]! : [known, list[i + 1]!].flat()
  }
  return headers
}

// The behaviors that the test suites of other servers check, as tables: bytes that a client sends, and the answers.

import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { RawConnection } from './raw-client.ts'

/** An answer that is expected. */
export interface Answer {
  readonly status: number
  /** The method of the request: an answer to HEAD has no body. Default: GET. */
  readonly method?: string
  readonly body?: string | RegExp
  /** The values of headers; null for a header that must be absent. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>
}

/** One behavior. Its name begins with the test that it comes from. */
export interface PeerCase {
  /** The pieces that are sent, each in a turn of its own. */
  readonly sent: string | Buffer | ReadonlyArray<string | Buffer>
  readonly answers: readonly Answer[]
  /** True if the server ends the connection after the answers. Otherwise the next request on it must be answered. */
  readonly closes?: boolean
}

/** A request line and headers, with a Host and the length of the body. */
export function message(line: string, headers: readonly string[] = [], body?: string | Buffer): string {
  const framed =
    body === undefined || headers.some((header) => /^(?:transfer-encoding|content-length):/i.test(header))
  const all = [
    'Host: localhost',
    ...headers,
    ...(framed ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ]
  return `${line} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n${body ?? ''}`
}

/** Declares a test for each behavior. They share one server, and each has a connection. */
export function testPeers(port: () => number, cases: Readonly<Record<string, PeerCase>>): void {
  test.each(Object.entries(cases))('%s', async (_name, { sent, answers, closes = false }) => {
    const connection = new RawConnection({ port: port() })
    try {
      for (const piece of typeof sent === 'string' || Buffer.isBuffer(sent) ? [sent] : sent) {
        connection.send(piece)
        await turn()
      }
      for (const { status, method = 'GET', body, headers = {} } of answers) {
        const response = await connection.response(method)
        expect([response.status, response.body.toString()]).toEqual([
          status,
          body === undefined
            ? expect.anything()
            : typeof body === 'string'
              ? body
              : expect.stringMatching(body),
        ])
        for (const [name, value] of Object.entries(headers)) {
          const values = response.headers.filter(([other]) => other === name).map(([, own]) => own)
          if (value === null) expect([name, values]).toEqual([name, []])
          else
            expect([name, values.join(' | ')]).toEqual([
              name,
              typeof value === 'string' ? value : expect.stringMatching(value),
            ])
        }
      }
      if (closes) expect(await connection.rest()).toBe('')
      else {
        const next = await connection.request('GET', '/after').response()
        expect([next.status, next.body.toString()]).toEqual([200, 'after'])
      }
    } finally {
      connection.close()
    }
  })
}

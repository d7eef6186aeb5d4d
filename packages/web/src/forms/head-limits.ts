// The limits and the syntax of the head of a part. The parser drops what exceeds its limits, and what follows a
// malformed line: a part would be read without some of its headers.

import { errors, HTTPException } from '../http/http-exception.ts'

/** The largest head of a part, in bytes and in headers. */
const MAX_HEAD_BYTES = 16_384
const MAX_HEADERS = 100

/** The line end behind the boundary, and the empty line that ends the head. */
const AROUND = '\r\n'.length + '\r\n\r\n'.length

/** The options of the parser, which keep it from dropping a part of a head that is allowed. */
export const HEAD_LIMITS = { maxHeaderSize: MAX_HEAD_BYTES + AROUND, maxHeaderPairs: MAX_HEADERS + 1 }

/** The parser of heads inside of Dicer. It is not in its types: the dependency is therefore limited to one minor. */
interface HeadParser {
  /** Returns the index behind the head, undefined if the head continues. */
  push(data: Uint8Array): number | undefined
  reset(): void
}

/** Calls `refuse` for each head that exceeds the limits or is malformed, before the reader of the part continues. */
export function checkHeads(dicer: object, refuse: (error: HTTPException) => void): void {
  const { _hparser: heads } = dicer as { readonly _hparser: HeadParser }
  const push = heads.push.bind(heads)
  const reset = heads.reset.bind(heads)
  let pieces: Uint8Array[] = []
  let size = 0
  heads.push = (data) => {
    const end = push(data)
    const piece = data.subarray(0, end)
    size += piece.byteLength
    if (size > MAX_HEAD_BYTES + AROUND) {
      pieces = []
      refuse(tooLarge(`${MAX_HEAD_BYTES} bytes`))
    } else {
      pieces.push(piece)
      if (end !== undefined) assertHead(Buffer.concat(pieces).toString('latin1'), refuse)
    }
    return end
  }
  heads.reset = () => {
    pieces = []
    size = 0
    reset()
  }
}

/** A header, and the lines that continue it (RFC 5322, section 2.2.3). */
const HEADER = /^[\w!#$%&'*+.^`|~-]+:[^\r\n\0]*(?:\r\n[ \t][^\r\n\0]*)*$/

function assertHead(head: string, refuse: (error: HTTPException) => void): void {
  if (head === '\r\n\r\n') return
  const headers = head.slice(2, -4).split(/\r\n(?![ \t])/)
  if (headers.length > MAX_HEADERS) refuse(tooLarge(`${MAX_HEADERS} headers`))
  else if (!head.startsWith('\r\n') || !headers.every((header) => HEADER.test(header)))
    refuse(errors.badRequest('a part of the form has a malformed header'))
}

/** The status is that of content (RFC 9110, section 15.5.14): 431 is for the header section of the request. */
const tooLarge = (limit: string) =>
  new HTTPException(413, { detail: `the headers of a part of the form exceed the limit of ${limit}` })

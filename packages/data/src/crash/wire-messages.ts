// The messages of the PostgreSQL protocol, as far as the boundaries of statements need them.
// https://www.postgresql.org/docs/current/protocol-message-formats.html

/** A message, with its bytes as they were received. */
export interface WireMessage {
  /** Its type: `Q`, `P`, `S`, `Z`; empty for the first message of a client. */
  readonly type: string
  readonly bytes: Buffer
}

/** Splits what a client or a server sends into messages. */
export class MessageReader {
  #rest: Buffer = Buffer.alloc(0)
  /** The first message of a client has no type. */
  #isFirst: boolean

  constructor(from: 'client' | 'server') {
    this.#isFirst = from === 'client'
  }

  /** Returns the messages that are complete now. */
  push(data: Buffer): readonly WireMessage[] {
    this.#rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data])
    const messages: WireMessage[] = []
    for (;;) {
      const head = this.#isFirst ? 0 : 1
      if (this.#rest.length < head + 4) return messages
      const length = head + this.#rest.readInt32BE(head)
      if (this.#rest.length < length) return messages
      const bytes = this.#rest.subarray(0, length)
      this.#rest = this.#rest.subarray(length)
      messages.push({ type: head === 0 ? '' : String.fromCharCode(bytes[0]!), bytes })
      // The client asks for TLS first, and begins anew when that is declined.
      if (head === 0 && codeOf(bytes) !== SSL_REQUEST) this.#isFirst = false
    }
  }
}

/** The code of a first message that asks for TLS. */
export const SSL_REQUEST = 80_877_103

/** Returns the code of a first message: the version, or the kind of the request. */
export const codeOf = (bytes: Buffer): number => bytes.readInt32BE(4)

/** Returns the SQL of a message that carries some. */
export function sqlOf({ type, bytes }: WireMessage): string | undefined {
  if (type === 'Q') return textAt(bytes, 5)
  if (type !== 'P') return undefined
  return textAt(bytes, bytes.indexOf(0, 5) + 1)
}

const textAt = (bytes: Buffer, start: number): string =>
  bytes.toString('utf8', start, bytes.indexOf(0, start))

// Compression of answers, negotiated by Accept-Encoding (RFC 9110, 12.5.3).

import { OptionError } from '@myfy/core'
import { assertKnownOptions } from '@myfy/core/runtime'
import { mergeHeaders } from '../response/framing.ts'
import { NodeAnswer } from '../response/node-handler.ts'
import { isEventStream, isStreamed, JSON_HEADERS, type Reply } from '../response/reply.ts'
import { acceptedEncodings, type ContentEncoding, ENCODINGS } from './content-encoding.ts'
import { encodeStream } from './encode-stream.ts'
import { type Encoder, type EncodingName, loadEncoders } from './encoders.ts'
import { isCompressible } from './media-types.ts'

/** Options of the compression of answers. */
export interface CompressionOptions {
  /** The size in bytes from which an answer is compressed. Default: 1,024. */
  readonly threshold?: number
  /** The encodings, the preferred one first. Default: `['zstd', 'br', 'gzip']`; zstd needs Node 22.15. */
  readonly encodings?: readonly EncodingName[]
}

/** Bodies up to this size are encoded in this thread, in bytes: the way to another thread would cost more. */
const MAX_SYNC_BYTES = 32_768
/** The number of different Accept-Encoding headers whose result is kept. */
const MAX_KNOWN_HEADERS = 100

/** Compression encodes answers. It loads node:zlib for the first one. */
export class Compression {
  readonly #threshold: number
  readonly #names: readonly EncodingName[]
  #encoders: Partial<Record<EncodingName, Encoder>> | undefined
  #encodings: readonly ContentEncoding[] = []
  readonly #chosen = new Map<string, EncodingName | undefined>()

  /** @throws OptionError if an option is not valid */
  constructor(options: CompressionOptions = {}) {
    assertKnownOptions('compression', options, { threshold: true, encodings: true })
    const { threshold = 1_024, encodings = ['zstd', 'br', 'gzip'] } = options
    const unknown = encodings.find((name) => !ENCODINGS.some((known) => known.name === name))
    if (unknown !== undefined)
      throw new OptionError(
        'MYFY_OPTION_INVALID',
        `Cannot configure compression.encodings: ${JSON.stringify(unknown)} is not an encoding. Use br, gzip and zstd.`,
      )
    this.#threshold = threshold
    this.#names = encodings
  }

  /**
   * Returns an answer in an encoding that the client accepts. Event streams, partial content, answers that are encoded
   * already or must not be transformed, and media types that do not shrink stay as they are. An answer to HEAD and a 304
   * have the headers of the encoded answer (RFC 9110, 9.3.2 and 15.4.5).
   */
  encode(reply: Reply, accepted: string | undefined, method: string): Reply | Promise<Reply> {
    const { body, headers } = reply
    if (body instanceof NodeAnswer || this.#isSmall(reply, method)) return reply
    if (headers !== JSON_HEADERS && !isEncodable(reply)) return reply
    if (this.#encoders !== undefined) return this.#encode(this.#encoders, reply, accepted)
    return this.#load().then((encoders) => this.#encode(encoders, reply, accepted))
  }

  /** Reports whether the body is below the threshold. Where it is left out, the headers describe it. */
  #isSmall({ status, headers, body }: Reply, method: string): boolean {
    if (typeof body === 'string') return body.length < this.#threshold
    if (body instanceof Uint8Array) return body.byteLength < this.#threshold
    if (body !== null) return false
    const at = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length')
    if (status === 304) return at >= 0 && Number(headers[at + 1]) < this.#threshold
    return method !== 'HEAD' || at < 0 || Number(headers[at + 1]) < this.#threshold
  }

  async #load(): Promise<Partial<Record<EncodingName, Encoder>>> {
    const encoders = await loadEncoders()
    this.#encodings = this.#names.flatMap((name) =>
      encoders[name] ? ENCODINGS.filter((encoding) => encoding.name === name) : [],
    )
    this.#encoders = encoders
    return encoders
  }

  #encode(
    encoders: Partial<Record<EncodingName, Encoder>>,
    reply: Reply,
    accepted: string | undefined,
  ): Reply | Promise<Reply> {
    const name = accepted === undefined ? undefined : this.#choose(accepted)
    // A cache must know that another client may receive another encoding.
    const varied = mergeHeaders(reply.headers, [['vary', 'Accept-Encoding']])
    const encoder = name && encoders[name]
    if (encoder === undefined) return { ...reply, headers: varied }
    const headers = encodedHeaders(varied, name!)
    const { status, body } = reply
    if (body === null) return { status, headers, body }
    if (isStreamed(body))
      return { status, headers, body: encodeStream(body, encoder.createStream(), encoder.flush) }
    const bytes = typeof body === 'string' ? Buffer.from(body) : (body as Uint8Array)
    if (bytes.byteLength <= MAX_SYNC_BYTES) return { status, headers, body: encoder.encodeSync(bytes) }
    return encoder.encode(bytes).then((encoded) => ({ status, headers, body: encoded }))
  }

  #choose(accepted: string): EncodingName | undefined {
    if (this.#chosen.has(accepted)) return this.#chosen.get(accepted)
    const name = acceptedEncodings(accepted, this.#encodings)[0]?.name as EncodingName | undefined
    if (this.#chosen.size < MAX_KNOWN_HEADERS) this.#chosen.set(accepted, name)
    return name
  }
}

function isEncodable(reply: Reply): boolean {
  const { status, headers } = reply
  if (status === 206 || isEventStream(reply)) return false
  let mediaType = ''
  for (let i = 0; i < headers.length; i += 2) {
    const value = headers[i + 1]!
    switch (headers[i]!.toLowerCase()) {
      case 'content-encoding':
      case 'content-range':
        return false
      case 'cache-control':
        if (/(?:^|[\s,])no-transform(?:$|[\s,])/i.test(value)) return false
        break
      case 'content-type':
        mediaType = value
    }
  }
  return isCompressible(mediaType)
}

/** The headers of an encoded answer: its length and its bytes are others, and so is its strong entity tag. */
function encodedHeaders(headers: readonly string[], encoding: string): string[] {
  const encoded: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    const lower = name.toLowerCase()
    if (lower === 'content-length' || lower === 'accept-ranges') continue
    const value = headers[i + 1]!
    encoded.push(name, lower === 'etag' && !value.startsWith('W/') ? `W/${value}` : value)
  }
  encoded.push('content-encoding', encoding)
  return encoded
}

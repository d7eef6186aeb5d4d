// The encoders of node:zlib, with settings for content that is encoded for one request.

import type { Transform } from 'node:stream'
import type * as Zlib from 'node:zlib'

/** The encodings that this package produces. */
export type EncodingName = 'br' | 'gzip' | 'zstd'

/** An encoder of a stream. */
export type StreamEncoder = Transform & { flush(kind: number, callback: () => void): void }

/** An encoding of node:zlib. */
export interface Encoder {
  /** Encodes in this thread. */
  encodeSync(bytes: Uint8Array): Uint8Array
  /** Encodes in another thread. */
  encode(bytes: Uint8Array): Promise<Uint8Array>
  /** Creates an encoder of a stream. */
  createStream(): StreamEncoder
  /** The flush after which a reader can decode everything that was written. */
  readonly flush: number
}

/** The parts of node:zlib that exist since Node 22.15, without the types of an older one. */
interface Zstd {
  readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array
  readonly zstdCompress?: (bytes: Uint8Array, callback: Callback) => void
  readonly createZstdCompress?: () => StreamEncoder
}

type Callback = (error: Error | null, result: Uint8Array) => void

/** Loads node:zlib, and returns its encoders by their names. zstd is absent before Node 22.15. */
export async function loadEncoders(): Promise<Partial<Record<EncodingName, Encoder>>> {
  const zlib = await import('node:zlib')
  // See Zstd: the installed types may be older than Node.js, or newer.
  const zstd = zstdEncoder(zlib as Zstd, zlib.constants as Record<string, number>)
  return { br: brotliEncoder(zlib), gzip: gzipEncoder(zlib), ...(zstd && { zstd }) }
}

/** Brotli at 4 of 11: about as fast as gzip, and smaller. */
const BROTLI_QUALITY = 4
/** gzip at 5 of 9: a quarter faster than the default of 6, for 1 % more bytes. */
const GZIP_LEVEL = 5

function brotliEncoder(zlib: typeof Zlib): Encoder {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, BROTLI_PARAM_LGWIN } = zlib.constants
  const params = { [BROTLI_PARAM_QUALITY]: BROTLI_QUALITY }
  // A window of the size of the content saves the allocation and the clearing of 4 MiB.
  const sized = ({ byteLength }: Uint8Array) => ({
    params: {
      ...params,
      [BROTLI_PARAM_SIZE_HINT]: byteLength,
      [BROTLI_PARAM_LGWIN]: Math.min(22, Math.max(10, Math.ceil(Math.log2(byteLength + 1)))),
    },
  })
  return {
    encodeSync: (bytes) => zlib.brotliCompressSync(bytes, sized(bytes)),
    encode: (bytes) => settled((callback) => zlib.brotliCompress(bytes, sized(bytes), callback)),
    createStream: () => zlib.createBrotliCompress({ params }) as StreamEncoder,
    flush: zlib.constants.BROTLI_OPERATION_FLUSH,
  }
}

function gzipEncoder(zlib: typeof Zlib): Encoder {
  const options = { level: GZIP_LEVEL }
  return {
    encodeSync: (bytes) => zlib.gzipSync(bytes, options),
    encode: (bytes) => settled((callback) => zlib.gzip(bytes, options, callback)),
    createStream: () => zlib.createGzip(options) as StreamEncoder,
    flush: zlib.constants.Z_SYNC_FLUSH,
  }
}

function zstdEncoder(
  { zstdCompressSync, zstdCompress, createZstdCompress }: Zstd,
  constants: Readonly<Record<string, number>>,
): Encoder | undefined {
  if (!zstdCompressSync || !zstdCompress || !createZstdCompress) return undefined
  return {
    encodeSync: (bytes) => zstdCompressSync(bytes),
    encode: (bytes) => settled((callback) => zstdCompress(bytes, callback)),
    createStream: () => createZstdCompress(),
    flush: constants.ZSTD_e_flush!,
  }
}

const settled = (start: (callback: Callback) => void): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result)))
  })

// HTTPS: TLS in front of HTTP/1.1 and HTTP/2, chosen by ALPN (RFC 7301).

import { createServer, type TLSSocket } from 'node:tls'
import type { Logger } from '@myfy/core'
import { CertificateFiles } from './certificate-files.ts'
import type { Front, FrontOwner } from './front.ts'
import type { TLSOptions } from './tls-options.ts'

/** The settings of a TLS front besides its certificate. */
export interface TLSFrontSettings {
  /** Offers HTTP/2. */
  readonly http2: boolean
  /** The time of a handshake, in ms. */
  readonly handshakeTimeout: number
  readonly logger: Logger
}

/**
 * Creates a front that speaks TLS. Its files are watched: a renewed certificate serves the next connection.
 *
 * @throws TLSError if the key and the certificate cannot be used
 */
export async function createTLSFront(
  options: TLSOptions,
  { http2, handshakeTimeout, logger }: TLSFrontSettings,
  owner: FrontOwner,
): Promise<Front> {
  const files = new CertificateFiles(options)
  const { minVersion = 'TLSv1.2' } = options
  const server = createServer({
    ...(await files.read()),
    minVersion,
    // The server's preference: HTTP/2, and HTTP/1.1 for clients that offer nothing else.
    ALPNProtocols: http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    noDelay: true,
    handshakeTimeout,
  } as Parameters<typeof createServer>[0])
  server.on('secureConnection', (socket: TLSSocket) => {
    // As in node:http: a client may end its side and still read the answer. Not before, so that a client which leaves
    // during the handshake does not hold its connection.
    socket.allowHalfOpen = true
    if (socket.alpnProtocol === 'h2') owner.http2(socket)
    else owner.http1(socket)
  })
  // Port scanners, clients that do not trust the certificate: nothing that an operator could change.
  server.on('tlsClientError', (_error, socket) => void socket.destroy())
  files.watch(
    (pair) => {
      server.setSecureContext({ ...pair, minVersion })
      logger.info({ cert: options.cert }, 'the TLS certificate is renewed')
    },
    (error) => logger.warn({ err: error, cert: options.cert }, 'the TLS certificate is not renewed'),
  )
  return { server, secure: true, http2, close: () => files.close() }
}

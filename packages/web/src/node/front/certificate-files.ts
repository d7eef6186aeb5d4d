// The key and the certificate of a server, in files that are replaced while it runs.

import { type StatsListener, unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { clauseOf } from '@myfy/core/runtime'
import { TLSError } from '../../errors.ts'
import type { TLSOptions } from './tls-options.ts'

/** A key and a certificate that belong together. */
export interface CertificatePair {
  readonly key: Buffer
  readonly cert: Buffer
  readonly passphrase?: string
}

/**
 * The interval in which the files are looked at, in ms. Notifications of the file system do not follow the links that
 * certbot and Kubernetes replace.
 */
const INTERVAL_MS = 400

/** CertificateFiles reads and watches the files of a certificate. */
export class CertificateFiles {
  readonly #options: TLSOptions
  #listener: StatsListener | undefined

  constructor(options: TLSOptions) {
    this.#options = options
  }

  /**
   * Reads the files.
   *
   * @throws TLSError if one cannot be read, or if they do not belong together
   */
  async read(): Promise<CertificatePair> {
    const { key, cert, passphrase } = this.#options
    const [keyBytes, certBytes] = await Promise.all([readPEM('key', key), readPEM('certificate', cert)])
    const pair = { key: keyBytes, cert: certBytes, ...(passphrase !== undefined && { passphrase }) }
    try {
      createSecureContext(pair)
    } catch (cause) {
      throw new TLSError(
        `Cannot use the certificate ${cert}: ${clauseOf(cause)}. Set tls.key and tls.cert to a PEM key and its certificate.`,
        cause,
      )
    }
    return pair
  }

  /** Calls back with each new pair. While one file is replaced and the other not yet, nothing changes. */
  watch(onChange: (pair: CertificatePair) => void, onError: (error: unknown) => void): void {
    let reading: Promise<void> | undefined
    this.#listener = () => {
      reading = (reading ?? Promise.resolve()).then(() => this.read()).then(onChange, onError)
    }
    const { key, cert } = this.#options
    for (const path of new Set([key, cert]))
      watchFile(path, { interval: INTERVAL_MS, persistent: false }, this.#listener)
  }

  /** Stops watching. */
  close(): void {
    if (this.#listener === undefined) return
    const { key, cert } = this.#options
    for (const path of new Set([key, cert])) unwatchFile(path, this.#listener)
  }
}

async function readPEM(what: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new TLSError(
      `Cannot read the ${what} ${path}: ${clauseOf(cause)}. Set tls.key and tls.cert to files that this user can read.`,
      cause,
    )
  }
}

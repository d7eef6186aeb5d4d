// The options of HTTPS.

/** The certificate of an HTTPS server. */
export interface TLSOptions {
  /** The path of the private key, in PEM. */
  readonly key: string
  /** The path of the certificate with its chain, in PEM. */
  readonly cert: string
  /** The passphrase of the private key. Default: none. */
  readonly passphrase?: string
  /** The lowest version of TLS. Default: `TLSv1.2`. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
}

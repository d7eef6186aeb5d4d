// The request of the protocol that ends the statement of another connection.
// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS

import pg from 'pg'

/** The parts of a client of pg that its types leave out. */
interface WireClient {
  readonly host: string
  readonly port: number
  readonly ssl: unknown
  readonly processID: number
  readonly secretKey: number | Buffer
  readonly connection: WireConnection
}

interface WireConnection {
  connect(portOrPath: number | string, host?: string): void
  on(event: 'error', listener: () => void): void
  once(event: 'connect' | 'sslconnect', listener: () => void): void
  cancel(processId: number, secretKey: number | Buffer): void
}

/**
 * Asks the server to end what a connection runs. Nothing answers: the statement fails, or it has ended already. `cancel` of
 * pg reads a deprecated field, and sends nothing to a server that demands TLS.
 */
export function cancelRequest(running: pg.ClientBase, config: pg.ClientConfig): void {
  const { processID, secretKey } = running as unknown as WireClient
  // A client that is not connected, for its parsed options and its connection.
  const { host, port, ssl, connection } = new pg.Client(config) as unknown as WireClient
  connection.on('error', () => {})
  connection.once(ssl ? 'sslconnect' : 'connect', () => connection.cancel(processID, secretKey))
  if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`)
  else connection.connect(port, host)
}

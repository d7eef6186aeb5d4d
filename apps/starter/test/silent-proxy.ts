// A TCP proxy in front of a server. `silence` drops the packets of every open connection, as a failover or a firewall
// that has lost its state does: the connections stay open and never answer. New connections work.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export class SilentProxy implements AsyncDisposable {
  readonly #server
  readonly #connections = new Set<{ silent: boolean }>()
  readonly #sockets = new Set<Socket>()

  constructor(port: number) {
    this.#server = createServer((client) => {
      const server = connect(port, '127.0.0.1')
      const connection = { silent: false }
      this.#connections.add(connection)
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#sockets.add(from)
        from.on('data', (data) => void (connection.silent || to.write(data)))
        from.on('error', () => {})
        from.on('close', () => void (connection.silent || to.destroy()))
      }
    })
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  silence(): void {
    for (const connection of this.#connections) connection.silent = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }
}

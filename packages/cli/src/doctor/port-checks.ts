// The check of `myfy doctor` on the addresses that the application listens on.

import { createServer } from 'node:net'
import type { Application, ListenAddress } from '@myfy/core'
import { messageOf } from '@myfy/core/runtime'
import { type Diagnostic, failure, ok } from './diagnostic.ts'

type TcpAddress = Extract<ListenAddress, { port: number }>

/** Tries to listen on each TCP port of the application. */
export async function checkPorts(app: Application): Promise<readonly Diagnostic[]> {
  const diagnostics: Diagnostic[] = []
  for (const module of app.modules) {
    try {
      for (const { name, address } of module.transports?.() ?? []) {
        if (address === undefined || !('port' in address) || address.port === 0) continue
        diagnostics.push(describe(name, address, await tryToListen(address)))
      }
    } catch (error) {
      diagnostics.push(failure('port', `the address of ${module.name} cannot be read: ${messageOf(error)}`))
    }
  }
  return diagnostics
}

function describe(name: string, address: TcpAddress, code: string | undefined): Diagnostic {
  const where = address.host === undefined ? `port ${address.port}` : `${address.host}:${address.port}`
  switch (code) {
    case undefined:
      return ok('port', `${where} is free (${name})`)
    case 'EADDRINUSE':
      return failure(
        'port',
        `${where} is taken by another process, and ${name} needs it`,
        'stop that process (it may be this application), or listen on another port',
      )
    case 'EACCES':
      return failure('port', `this user may not listen on ${where} (${name})`, 'use a port above 1023')
    default:
      return failure('port', `${name} cannot listen on ${where}: ${code}`, 'use an address of this machine')
  }
}

/** Returns the code of the error, or undefined if the address is free. */
function tryToListen({ port, host }: TcpAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

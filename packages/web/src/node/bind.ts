// The socket that a listener listens on: opened, inherited from a supervisor, or handed over by systemd.

import { unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { isInheritedListener, type ListenAddress, OptionError } from '@myfy/core'
import { ListenError } from '../errors.ts'
import type { Listener } from './listener.ts'

/** The sources of a socket, besides opening one. */
export interface SocketSources {
  /** A supervisor, or a listening handle. */
  readonly inherited: unknown
  /** Uses a socket that systemd hands over, if there is one. */
  readonly systemd: boolean
}

/**
 * Makes a listener listen.
 *
 * @throws OptionError if the port is not a number from 0 to 65535
 * @throws ListenError if it cannot listen on the address
 */
export async function bind(
  listener: Listener,
  address: ListenAddress,
  sources: SocketSources,
): Promise<void> {
  const { inherited } = sources
  if ('port' in address) assertPort(address.port)
  const activated = sources.systemd ? takeSystemdSocket(process.env, process.pid) : undefined
  try {
    if (isInheritedListener(inherited)) {
      listener.development = inherited.development === true
      const target = await inherited.acquire(address)
      if (target === address) await open(listener, address)
      else {
        await listener.listen(target)
        listener.ownsSocket = 'port' in target
      }
    } else if (typeof inherited === 'object' && inherited !== null) await listener.listen(inherited)
    else if (activated !== undefined) await listener.listen({ fd: activated })
    else await open(listener, address)
  } catch (error) {
    listener.close()
    throw new ListenError(nameOf(address, error as { port?: number }), error as NodeJS.ErrnoException)
  }
}

/** A text of digits is a port as well: JavaScript passes `process.env.PORT` on. */
function assertPort(port: unknown): void {
  const number = typeof port === 'string' && /^\d+$/.test(port) ? Number(port) : port
  if (Number.isInteger(number) && (number as number) >= 0 && (number as number) <= 65_535) return
  const given = typeof port === 'string' ? JSON.stringify(port) : String(port)
  throw new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot listen on port ${given}: it is not a number from 0 to 65535. Correct the option port; NaN comes from a variable that is not set.`,
  )
}

/** Listens on a socket of this process. */
async function open(listener: Listener, address: ListenAddress): Promise<void> {
  if ('path' in address) await removeStale(address.path)
  await listener.listen(address)
  listener.ownsSocket = true
}

// A supervisor may have chosen another port than the options say.
function nameOf(address: ListenAddress, error: { port?: number }): string {
  if ('path' in address) return address.path
  const { host, port } = address
  return `${host ?? 'port'}${host === undefined ? ' ' : ':'}${error.port ?? port}`
}

/**
 * Returns the first socket that systemd handed over. The variables are removed: they are meant for this process, not
 * for those it starts.
 */
export function takeSystemdSocket(environment: NodeJS.ProcessEnv, pid: number): number | undefined {
  const { LISTEN_FDS, LISTEN_PID } = environment
  if (LISTEN_FDS === undefined || Number(LISTEN_PID) !== pid || !(Number(LISTEN_FDS) > 0)) return undefined
  delete environment.LISTEN_FDS
  delete environment.LISTEN_PID
  delete environment.LISTEN_FDNAMES
  return 3
}

/** Removes the file of a Unix socket on which no process listens any more. */
async function removeStale(path: string): Promise<void> {
  const refused = await new Promise<boolean>((resolve) => {
    const probe = connect(path)
    probe.on('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
  if (refused) await unlink(path)
}

// Values derived from the options of a supervisor.

import path from 'node:path'
import type { ListenAddress } from '@myfy/core'
import type { LoadOptions } from '../protocol.ts'
import type { SupervisorOptions } from './supervisor.ts'

const DEFAULT_IMPORT_TIMEOUT_MS = 2_000
const DEFAULT_INSPECTOR = '127.0.0.1:9229'

/** Returns the options with which workers load the application. */
export function loadOptions(cwd: string, options: SupervisorOptions): LoadOptions {
  const { exportName, lifecycleLog, importTimeout = DEFAULT_IMPORT_TIMEOUT_MS, inspect, tsconfig } = options
  return {
    entry: path.resolve(cwd, options.entry),
    exportName,
    lifecycleLog,
    importTimeout,
    inspect: inspectorAddress(inspect),
    tsconfig: tsconfig === undefined ? undefined : path.resolve(cwd, tsconfig),
  }
}

/** Returns the address of the error page for an application that has not said where it listens. */
export function errorPageAddress(options: SupervisorOptions): ListenAddress | undefined {
  const { env = process.env, listen } = options
  const port = listen?.port ?? options.port ?? Number(env.PORT ?? Number.NaN)
  const host = listen?.host ?? options.host
  if (!Number.isInteger(port) || port < 0) return undefined
  return host === undefined ? { port } : { port, host }
}

function inspectorAddress(inspect: SupervisorOptions['inspect']): string | undefined {
  if (inspect === undefined || inspect === false) return undefined
  return inspect === true || inspect === '' ? DEFAULT_INSPECTOR : String(inspect)
}

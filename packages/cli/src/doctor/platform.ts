// The platform that runs the process, and the time that it grants for a stop.

import { existsSync, readFileSync } from 'node:fs'

/** A platform that starts and stops processes. */
export interface Platform {
  readonly name: string
  /** The default time between its signal and its SIGKILL, in ms. */
  readonly grace: number
  /** The setting that grants more. */
  readonly remedy: string
}

const kubernetes: Platform = {
  name: 'Kubernetes',
  grace: 30_000,
  remedy: 'set terminationGracePeriodSeconds',
}
const docker: Platform = {
  name: 'Docker',
  grace: 10_000,
  remedy: 'set stop_grace_period, or docker run --stop-timeout',
}
const systemd: Platform = { name: 'systemd', grace: 90_000, remedy: 'set TimeoutStopSec' }
const pm2: Platform = { name: 'PM2', grace: 1_600, remedy: 'set kill_timeout' }
const supervisord: Platform = { name: 'supervisord', grace: 10_000, remedy: 'set stopwaitsecs' }

/** The traces by which platforms are recognized. */
export interface PlatformTraces {
  readonly env: Readonly<Record<string, string | undefined>>
  /** True if the process runs in a container. */
  readonly container: boolean
}

/** Returns the platform that stops this process; undefined on a developer's machine. */
export function platformOf({ env, container }: PlatformTraces): Platform | undefined {
  if (env.KUBERNETES_SERVICE_HOST) return kubernetes
  if (env.pm_id !== undefined) return pm2
  if (env.SUPERVISOR_ENABLED) return supervisord
  if (container) return docker
  if (env.INVOCATION_ID && env.SYSTEMD_EXEC_PID === String(process.pid)) return systemd
  return undefined
}

/** Returns true if this process runs in a container. */
export function inContainer(): boolean {
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv')) return true
  try {
    return /docker|containerd|kubepods|libpod/.test(readFileSync('/proc/1/cgroup', 'utf8'))
  } catch {
    return false
  }
}

/** Returns the command line of process 1; empty if it cannot be read. */
export function commandOfInit(): readonly string[] {
  try {
    return readFileSync('/proc/1/cmdline', 'utf8').split('\0').filter(Boolean)
  } catch {
    return []
  }
}

/** Returns true if process 1 belongs to a service. A shell in a container of tools does not need advice. */
export function isService(init: readonly string[]): boolean {
  return init.some(
    (word) =>
      /^(node|bun|myfy(\.js)?|npm|npx|yarn|pnpm)$/.test(word.split('/').at(-1) ?? '') ||
      /\bmyfy start\b/.test(word),
  )
}

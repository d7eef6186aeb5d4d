// The start of worker processes: the first one of a supervisor is forked before the supervisor is loaded, so that both load
// side by side. A part of the package for command lines; it may change in any version.

export { type ForkedWorker, forkWorker } from './supervisor/fork-worker.ts'
export { parentWatchdog, WATCH_PARENT } from './supervisor/parent-watchdog.ts'

// Forks the first worker of a supervisor before the supervisor is loaded, so that both load side by side. A part of the
// package for command lines; it may change in any version.

export { type ForkedWorker, forkWorker } from './supervisor/fork-worker.ts'

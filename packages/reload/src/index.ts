// The public names of @myfy/reload.

// Errors
export {
  EntryError,
  EvaluationTimeoutError,
  ExitAtImportError,
  ImportError,
  type SourceLocation,
  SourceSyntaxError,
  StoppedAtStartError,
  TemporaryDirectoryError,
  TsconfigError,
} from './errors.ts'
// Loading an entry without a supervisor
export {
  createEntryLoader,
  describeLoadError,
  type LoadEntryOptions,
  type LoadedEntry,
  loadEntry,
  loadExports,
} from './load-entry.ts'
// Problems
export { formatProblem, type Problem } from './problem.ts'
export { type ReloadEvent, type ReloadKind, renderReloadEvent } from './supervisor/reload-events.ts'
// Supervisor
export { createSupervisor } from './supervisor/rolling-supervisor.ts'
export type { Supervisor, SupervisorOptions } from './supervisor/supervisor.ts'
// Supervisor at a terminal
export { superviseSelf } from './terminal/supervise-self.ts'
export { type SuperviseOptions, supervise } from './terminal/terminal.ts'
export type { WatchOptions } from './watch/watched-config.ts'

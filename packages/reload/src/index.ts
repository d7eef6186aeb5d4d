// The public names of @myfy/reload.

// Errors
export {
  EntryError,
  EvaluationTimeoutError,
  ExitAtImportError,
  ImportError,
  type SourceLocation,
  SourceSyntaxError,
} from './errors.ts'
// Loading an entry without supervision
export { describeLoadError, type LoadEntryOptions, type LoadedEntry, loadEntry } from './load-entry.ts'
export { formatProblem, type Problem } from './problem.ts'
// What it tells
export { type ReloadEvent, type ReloadKind as Way, renderReloadEvent } from './supervisor/reload-events.ts'
export { superviseSelf } from './supervisor/supervise-self.ts'
// Supervisor
export { createSupervisor, type Supervisor, type SupervisorOptions } from './supervisor/supervisor.ts'
export { supervise } from './supervisor/terminal.ts'
export type { WatchOptions as InterestOptions } from './watch/watched-config.ts'

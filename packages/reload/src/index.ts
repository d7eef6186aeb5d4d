// The public names of @myfy/reload.

// Supervisor
export { createSupervisor, type Supervisor, type SupervisorOptions } from './supervisor.ts'
export { supervise } from './terminal.ts'
export { superviseSelf } from './self.ts'
export type { InterestOptions } from './interests.ts'
// What it tells
export { type ReloadEvent, renderReloadEvent, type Way } from './events.ts'
export { formatProblem, type Problem } from './problem.ts'
// Loading an entry without supervision
export { describeLoadError, loadEntry, type LoadEntryOptions, type LoadedEntry } from './program.ts'
// Errors
export {
  EntryError,
  EvaluationTimeoutError,
  ExitAtImportError,
  ImportError,
  type SourceLocation,
  SourceSyntaxError,
} from './errors.ts'

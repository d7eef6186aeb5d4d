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
// What it tells
export { type ReloadEvent, renderReloadEvent, type Way } from './events.ts'
export type { InterestOptions } from './interests.ts'
export { formatProblem, type Problem } from './problem.ts'
// Loading an entry without supervision
export { describeLoadError, type LoadEntryOptions, type LoadedEntry, loadEntry } from './program.ts'
export { superviseSelf } from './self.ts'
// Supervisor
export { createSupervisor, type Supervisor, type SupervisorOptions } from './supervisor.ts'
export { supervise } from './terminal.ts'

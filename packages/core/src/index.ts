// The public names of @myfy/core.

// Application
export { Application, isApplication } from './application/application.ts'
// For supervisors and hosts
export { installRunner, type Runner } from './application/runner.ts'
export type { ApplicationStatus, ModuleStatus } from './application/status.ts'
// Errors
export {
  ConfigurationError,
  DiscoveryError,
  DrainTimeoutError,
  HookTimeoutError,
  LifespanError,
  ModuleError,
  OptionError,
  SettingsError,
  StartAbortedError,
  StartupError,
  StateError,
  StopError,
} from './errors.ts'
export { type ConsoleLoggerOptions, consoleLogger } from './events/console-logger.ts'
// What can be seen
export type { LifecycleEvent, LifecycleEventOf, LifecycleEventType, Phase } from './events/events.ts'
export type { Logger } from './events/logger.ts'
export type { State } from './events/state.ts'
export type { Timeline, TimelineStep } from './events/timeline.ts'
export type { Lifespan, LifespanResult } from './hooks/lifespan.ts'
export type { ShutdownBudget, ShutdownOptions } from './hooks/shutdown-budget.ts'
export type { Health, ModuleHealth } from './modules/health.ts'
// Modules
export {
  BaseModule,
  type CommandContext,
  defineModule,
  type Module,
  type ModuleCommand,
  type ModuleReference,
  type SpawnOptions,
  type StartContext,
  type StopContext,
} from './modules/module.ts'
// Transports and work in flight
export {
  type DrainContext,
  type InheritedListener,
  isInheritedListener,
  type ListenAddress,
  type ListenContext,
  type Transport,
} from './modules/transport.ts'
export { type TrackedWork, type Work, WorkTracker } from './modules/work-tracker.ts'
export type { ApplicationOptions, Hook, RunOptions, StartupOptions } from './phases/options.ts'
export { type Cancel, type Clock, systemClock } from './process/clock.ts'
export { ExitCode } from './process/exit-code.ts'
export { type Host, processHost } from './process/host.ts'
export type { ProcessListener } from './process/signals.ts'
export type { Duration } from './runtime/duration.ts'
export { Environment, type EnvironmentLayer, type EnvironmentValue } from './settings/environment.ts'
export {
  isStandardSchema,
  type SchemaIssue,
  type SchemaResult,
  type StandardSchema,
} from './settings/schema.ts'
// Settings
export {
  defineSettings,
  type Settings,
  type SettingsOptions,
  type SettingsVariable,
} from './settings/settings.ts'

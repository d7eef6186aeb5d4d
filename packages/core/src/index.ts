// The public names of @myfy/core.

// Application
export { Application, isApplication } from './application.ts'
export type { ShutdownBudget, ShutdownOptions } from './budget.ts'
export { type Cancel, type Clock, systemClock } from './clock.ts'
export { type ConsoleLoggerOptions, consoleLogger } from './console.ts'
export { Environment, type EnvironmentLayer, type EnvironmentValue } from './environment.ts'
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
// What can be seen
export type { LifecycleEvent, LifecycleEventOf, LifecycleEventType, Phase } from './events.ts'
export { ExitCode } from './exitcode.ts'
export type { Health, ModuleHealth } from './health.ts'
export { type Host, processHost } from './host.ts'
export { Ledger, type TrackedWork, type Work } from './ledger.ts'
export type { Lifespan, LifespanResult } from './lifespan.ts'
export type { Logger } from './logger.ts'
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
} from './module.ts'
export type { ApplicationOptions, Hook, RunOptions, StartupOptions } from './options.ts'
export { isStandardSchema, type SchemaIssue, type SchemaResult, type StandardSchema } from './schema.ts'
// Settings
export { defineSettings, type Settings, type SettingsOptions, type SettingsVariable } from './settings.ts'
export type { ProcessListener } from './signals.ts'
export type { State } from './state.ts'
export type { ApplicationStatus, ModuleStatus } from './status.ts'
// For supervisors and hosts
export { installRunner, type Runner } from './supervision.ts'
export type { Timeline, TimelineStep } from './timeline.ts'
// Transports and work in flight
export {
  type DrainContext,
  type InheritedListener,
  isInheritedListener,
  type ListenAddress,
  type ListenContext,
  type Transport,
} from './transport.ts'

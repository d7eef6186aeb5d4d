// The public names of @myfy/core.

// Application
export { Application, isApplication } from './application/application.ts'
export type { HookNames } from './application/composition.ts'
export type { RunOptions, StartOptions } from './application/run-options.ts'
// Supervisors and hosts
export { installRunner, type Runner } from './application/runner.ts'
// Errors
export {
  CollectionError,
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
// Events and logs
export { type ConsoleLoggerOptions, consoleLogger } from './events/console-logger.ts'
export type { LifecycleEvent, LifecycleEventOf, LifecycleEventType, Phase } from './events/events.ts'
export { childLogger, type LogRecord } from './events/guarded-logger.ts'
export type { Logger } from './events/logger.ts'
export type { ModuleStatus } from './events/module-progress.ts'
export type { State } from './events/state.ts'
export type { CriticalModule, Timeline, TimelineStep } from './events/timeline.ts'
export {
  type HandlerTrace,
  type ModuleTrace,
  observeTraces,
  type ReloadTrace,
  type RequestTrace,
  type SendTrace,
  type ServiceTrace,
  type TaskTrace,
  type TraceChannel,
  type TraceEvent,
  type TraceListeners,
  type TraceMessage,
  type TraceMessages,
  type TraceName,
  type TraceObserver,
  type TransactionTrace,
  traceChannel,
  traced,
  traceHeaders,
} from './events/tracing.ts'
// Hooks
export type { Lifespan, LifespanResult } from './hooks/lifespan.ts'
export type { ShutdownBudget, ShutdownOptions } from './hooks/shutdown-budget.ts'
// Modules
export type { App, ApplicationStatus, AppModule, ModuleClass, Readiness, WorkOptions } from './modules/app.ts'
export { BaseModule, defineModule } from './modules/base-module.ts'
export type { Health, ModuleHealth } from './modules/health.ts'
export type { Module, ModuleHooks, ModuleReference, TestTools } from './modules/module.ts'
export type {
  CommandContext,
  CommandOption,
  Diagnostic,
  ModuleCommand,
  PlanEntry,
} from './modules/module-command.ts'
export {
  ClusterTurns,
  type EveryOptions,
  type SpawnOptions,
  type StartContext,
  type StopContext,
} from './modules/module-context.ts'
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
// Options
export type { ApplicationOptions, Hook, StartupOptions } from './phases/options.ts'
// The process
export { type Cancel, type Clock, systemClock } from './process/clock.ts'
export { type Host, processHost } from './process/host.ts'
export type { ProcessListener, SignalSource } from './process/signals.ts'
export type { Watchdog } from './process/watchdog.ts'
export type { Duration } from './runtime/duration.ts'
export { type StopAcceptingOptions, stopAccepting } from './runtime/listeners/stop-accepting.ts'
export { ExitCode } from './runtime/process-exit.ts'
export type { SignalMeaning } from './runtime/process-signals.ts'
export { ThrownValueError } from './runtime/thrown.ts'
// Settings
export { Environment, type EnvironmentLayer, type EnvironmentValue } from './settings/environment.ts'
export {
  defineSettings,
  type Settings,
  type SettingsOptions,
  type SettingsVariable,
} from './settings/settings.ts'
export {
  isStandardSchema,
  type SchemaIssue,
  type SchemaResult,
  type StandardSchema,
} from './settings/standard-schema.ts'
export { CurrentWork, type HandlerOptions, type WorkUnit } from './work/current-work.ts'
export type { HandlerCall, HandlerOption } from './work/handler-option.ts'
export { WorkerGroup, type WorkerLink } from './work/worker-group.ts'

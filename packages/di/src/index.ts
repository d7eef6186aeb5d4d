// Container
export { Container, createContainer } from './container.ts'
export type { BuildOptions, ContainerOptions, DisposeOptions } from './container-options.ts'
// Graph
export type { GraphData, GraphEdge, GraphNode } from './diagram.ts'
// Errors
export {
  AsyncProviderError,
  CircularDependencyError,
  ContainerStateError,
  DependencyError,
  DuplicateProviderError,
  GraphError,
  InvalidProviderError,
  MissingProviderError,
  MyfyError,
  NotSettledError,
  ProviderFailedError,
  ScopeError,
  ServicesFailedError,
} from './errors.ts'
export type { Construction } from './graph/trace.ts'
// Entry points and scopes
export type { Opened, Plan, PlanSpec } from './providers/entry-point.ts'

// Injection
export {
  type AnySeed,
  type AnyToken,
  all,
  type BoundOf,
  type Deferred,
  deferred,
  type FactoryArguments,
  type Inject,
  type Injectable,
  type Injected,
  type Lazy,
  lazy,
  Marker,
  type MarkerKind,
  type MembersOf,
  type Outcome,
  optional,
  Provider,
  type ProviderOptions,
  type ProviderSpec,
  type SeedValues,
  type Services,
} from './providers/inject.ts'

// Provider values
export {
  type BoundScope,
  type ConstructorArguments,
  type ConstructorCheck,
  type DefineProvider,
  type OptionsOf,
  type ParameterCheck,
  type ReachableScope,
  request,
  type ScopeCheck,
  singleton,
  task,
  transient,
  work,
} from './providers/provider.ts'

// Registrations
export type {
  AnyRegistration,
  ClassRegistration,
  Complete,
  Decoration,
  FactoryRegistration,
  ImplementationRegistration,
  LiteralHint,
  NotAToken,
  PlainRegistration,
  Register,
  RegistrationOptions,
  ValueRegistration,
} from './providers/registration.ts'
// Tokens
export {
  type AbstractClass,
  type Class,
  type ClassToken,
  type NamedClass,
  named,
  type Scope,
  Seed,
  type SeedValue,
  type ShortScope,
  seed,
  Token,
  token,
} from './providers/token.ts'
// Scopes
export { CurrentScope, type ServiceScope } from './scopes/service-scope.ts'

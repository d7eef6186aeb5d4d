// Container
export { Container, type ContainerOptions, createContainer } from './container.ts'
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
  ProviderFailedError,
  ScopeError,
} from './errors.ts'

// Injection
export {
  all,
  type BoundOf,
  type FactoryArguments,
  type Inject,
  type Injectable,
  type Injected,
  type Lazy,
  lazy,
  Marker,
  type MarkerKind,
  optional,
  type SeedValues,
  type Services,
} from './inject.ts'

// Entry points and scopes
export type { Opened, Plan, PlanSpec } from './plan.ts'
// Tokens and providers
export {
  type Binds,
  type Fits,
  type Outcome,
  type Outlives,
  type Provide,
  Provider,
  type ProviderOptions,
  type ProviderSpec,
  request,
  type Suits,
  singleton,
  task,
  transient,
} from './provider.ts'
export type {
  AnyRegistration,
  ClassRegistration,
  Complete,
  FactoryRegistration,
  NoToken,
  PlainRegistration,
  Register,
  ValueRegistration,
} from './registration.ts'
export type { ServiceScope } from './store.ts'
export {
  type AbstractClass,
  type Class,
  named,
  type Scope,
  Seed,
  type SeedValue,
  type ShortScope,
  seed,
  Token,
  token,
} from './token.ts'

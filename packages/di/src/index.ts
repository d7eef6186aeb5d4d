// Container
export {
  type Construction,
  Container,
  type ContainerOptions,
  createContainer,
  type DisposeOptions,
} from './container.ts'

// Graph
export type { GraphData, GraphEdge, GraphNode } from './diagram.ts'

// Entry points and scopes
export type { Opened, Plan, PlanSpec } from './entry-point.ts'

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
} from './inject.ts'

// Provider values
export {
  type BoundScope,
  type ConstructorArguments,
  type ConstructorCheck,
  type DefineProvider,
  type OptionsOf,
  request,
  type ScopeCheck,
  singleton,
  task,
  transient,
  work,
} from './provider.ts'

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
} from './registration.ts'

// Scopes
export { CurrentScope, type ServiceScope } from './store.ts'

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
} from './token.ts'

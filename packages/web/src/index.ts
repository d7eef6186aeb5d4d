// The public names of @myfy/web.

// The request
export { CurrentRequest, RequestContext } from './context.ts'
export type { CorsOptions, H3Event } from './engine.ts'
export { ListenError, RouteError } from './error.ts'
export type { ExceptionHandler } from './failure.ts'
export { type FilesOptions, serveFiles } from './files.ts'
export type {
  Answer,
  Handler,
  HandlerContext,
  HandlerResult,
  OutputOf,
  ParamOf,
  ParamsOf,
  PathParams,
  RequestParts,
  RouteServices,
  SocketHandler,
} from './handler.ts'
// Around the request
export type { SecurityHeaders } from './headers.ts'
export type { HealthOptions } from './health.ts'
export type { ConnectionLimits } from './listener.ts'
export type { Middleware } from './middleware.ts'
// The module and its transport
export { WebModule, type WebModuleOptions } from './module.ts'
export { type FetchHandler, mount } from './mount.ts'
// The description of the API
export type { OpenAPIDocument, OpenAPIOptions } from './openapi.ts'
// Errors
export {
  errors,
  HTTPException,
  type HTTPExceptionOptions,
  type NamedError,
  type ProblemDetails,
} from './problem.ts'
export type { TrustProxy } from './proxy.ts'
export type { Query } from './query.ts'
// Routes
export {
  type Checked,
  defineRoutes,
  type Join,
  type Method,
  type NoSpec,
  type ReservedName,
  type Route,
  type RouteBuilder,
  type RouteGroupOptions,
  type RouteMethod,
  type RouteSpec,
  type Routes,
  type WebSocketMethod,
} from './route.ts'
export type {
  EventSource,
  EventStream,
  EventStreamOptions,
  PushStreamOptions,
  ServerEvent,
  StreamControl,
} from './stream.ts'
export { HTTPTransport, type HTTPTransportOptions } from './transport.ts'
export type { InputSource, ValidationProblem } from './validation.ts'
export type { SocketHooks, SocketMessage, SocketPeer } from './websocket.ts'

// The public names of @myfy/web.

export { ListenError, RouteError } from './errors.ts'
export type {
  EventSource,
  EventStream,
  EventStreamOptions,
  PushStreamOptions,
  ServerEvent,
  StreamControl,
} from './http/event-stream.ts'
// Errors
export {
  errors,
  HTTPException,
  type HTTPExceptionOptions,
  type NamedError,
  type ProblemDetails,
} from './http/http-exception.ts'
export type { Query } from './http/query.ts'
// Around the request
export type { SecurityHeaders } from './http/security-headers.ts'
export type { TrustProxy } from './http/trust-proxy.ts'
export type { InputSource, ValidationProblem } from './http/validation.ts'
export { HTTPTransport, type HTTPTransportOptions } from './node/http-transport.ts'
export type { ConnectionLimits } from './node/listener.ts'
export type { WebSocketHooks, WebSocketMessage, WebSocketPeer } from './node/websocket-exchange.ts'
// The description of the API
export type { OpenAPIDocument, OpenAPIOptions } from './openapi/describe.ts'
export type { ExceptionHandler } from './pipeline/error-handler.ts'
export type { CorsOptions, H3Event } from './request/h3.ts'
// The request
export { CurrentRequest, RequestContext } from './request/request-context.ts'
export type {
  Handler,
  HandlerContext,
  HandlerResponse,
  HandlerResult,
  ParamOf,
  ParamsOf,
  PathParams,
  RequestParts,
  RouteServices,
  SchemaOutput,
  WebSocketHandler,
} from './routing/handler.ts'
export type { HealthOptions } from './routing/health-routes.ts'
export type { Middleware } from './routing/middleware.ts'
export { type FetchHandler, mount } from './routing/mount.ts'
// Routes
export {
  defineRoutes,
  type JoinPath,
  type Method,
  type NoSpec,
  type ReservedName,
  type Route,
  type RouteBuilder,
  type RouteGroupOptions,
  type RouteMethod,
  type RouteSpec,
  type Routes,
  type ValidInject,
  type WebSocketMethod,
} from './routing/route.ts'
export { type FilesOptions, serveFiles } from './routing/static-files.ts'
// The module and its transport
export { WebModule, type WebModuleOptions } from './web-module.ts'
